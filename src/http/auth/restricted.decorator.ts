import { applyDecorators } from '@nestjs/common';
import { ApiProblems } from '../problems/api-problems.decorator.js';
import type { ProblemSlug } from '../problems/problem.types.js';
import type { ResourceNoun } from '../../config/resource.rules.js';

export const RESTRICTED = Symbol('tollgate:restricted');

/** Where a route has the id of a resource: the kind of place and the name of its parameter or field. */
export type ResourcePlace =
  | { readonly in: 'path' | 'query' | 'body'; readonly name: string }
  /** A list in the response: items outside the restriction are removed. */
  | { readonly in: 'items'; readonly name: string }
  /** A field of the response: outside the restriction, the resource in the response is not found. */
  | { readonly in: 'response'; readonly name: string; readonly missing: 'voucher' }
  /** The upstream assigns the id, so it cannot be checked before the write. */
  | { readonly in: 'new' };

export interface Restriction {
  readonly noun: ResourceNoun;
  readonly place: ResourcePlace;
}

const REFUSALS: Record<ResourceNoun, ProblemSlug> = {
  product: 'product-not-found',
  voucherGroup: 'voucher-group-not-found',
  tokenName: 'upstream-rejected',
};

/**
 * Restricts callers to the products, voucher groups and token names in their settings, checked in the order given. Anything
 * else gets the problem of a resource that does not exist, which this also documents. Once per route.
 */
export function Restricted(places: Readonly<Partial<Record<ResourceNoun, ResourcePlace>>>): MethodDecorator {
  const restrictions = Object.entries(places).map(([noun, place]) => ({ noun: noun as ResourceNoun, place }));
  return applyDecorators(restrict(restrictions), ApiProblems(...restrictions.flatMap(refusalsOf)));
}

/** @throws TypeError at start for a second `@Restricted`, which would replace the first */
function restrict(restrictions: readonly Restriction[]): MethodDecorator {
  return (_target, name, descriptor) => {
    const handler = descriptor.value as object;
    if (Reflect.hasMetadata(RESTRICTED, handler)) throw new TypeError(`${String(name)} is @Restricted twice`);
    Reflect.defineMetadata(RESTRICTED, restrictions, handler);
  };
}

function refusalsOf({ noun, place }: Restriction): ProblemSlug[] {
  switch (place.in) {
    case 'path':
    case 'query':
    case 'body':
      return [REFUSALS[noun]];
    case 'response':
      return [`${place.missing}-not-found`];
    case 'items':
    case 'new':
      return [];
    default:
      return place satisfies never;
  }
}

export function restrictionsOf(handler: object): readonly Restriction[] {
  return (Reflect.getMetadata(RESTRICTED, handler) as readonly Restriction[] | undefined) ?? [];
}
