import { applyDecorators } from '@nestjs/common';
import { ApiProblems } from '../problems/api-problems.decorator.js';
import type { ProblemSlug } from '../problems/problem.types.js';
import type { ResourceNoun } from '../../config/resource.rules.js';

export const RESTRICTED = Symbol('tollgate:restricted');

/** Where the id of a thing stands, by the name of the parameter or field. */
export type ResourcePlace =
  | { readonly in: 'path' | 'query' | 'body'; readonly name: string }
  /** A list in the answer: what is outside the caller's reach is left out. */
  | { readonly in: 'items'; readonly name: string }
  /** A thing that names its own: outside the caller's reach, the thing itself is not found. */
  | { readonly in: 'answer'; readonly name: string; readonly missing: 'voucher' }
  /** The upstream chooses the id: nobody can tell before whether it is within reach. */
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
 * Keeps callers to the products, voucher groups and token names that their settings allow, in the order given: outside,
 * they get the same refusal as for a thing that does not exist. Also documents that refusal. Once per route.
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
    case 'answer':
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
