import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiProblems } from '../../problems/api-problems.decorator.js';
import type { ProblemSlug } from '../../problems/problem.types.js';
import type { ResourceNoun } from '../../../config/resource.rules.js';
import { RestrictionGuard } from './restriction.guard.js';
import { restrictResponse } from './restricted.responses.js';
import { RESTRICTED, type ResourcePlace, type Restriction } from './restrictions.js';

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
  const isOnResponse = restrictions.some(
    ({ place: { in: where } }) => where === 'items' || where === 'response',
  );
  return applyDecorators(
    // Before the others, which declare what they do of the handler that is there then.
    ...(isOnResponse ? [restrictResponse(restrictions)] : []),
    restrict(restrictions),
    UseGuards(RestrictionGuard),
    ApiProblems(...restrictions.flatMap(refusalsOf)),
  );
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
