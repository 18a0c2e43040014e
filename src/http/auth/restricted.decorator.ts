import { applyDecorators } from '@nestjs/common';
import { ApiProblems } from '../problems/api-problems.decorator.js';
import type { ProblemSlug } from '../problems/problem.types.js';
import type { ResourceNoun } from './resource.rules.js';

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
 * Keeps callers to the products, voucher groups and token names that their settings allow: outside, they get the same
 * refusal as for a thing that does not exist. Also documents that refusal. May stand several times at one route.
 */
export function Restricted(noun: ResourceNoun, place: ResourcePlace): MethodDecorator {
  const add: MethodDecorator = (_target, _name, descriptor) => {
    const handler = descriptor.value as object;
    Reflect.defineMetadata(RESTRICTED, [...restrictionsOf(handler), { noun, place }], handler);
  };
  const hasOwnRefusal = place.in === 'path' || place.in === 'query' || place.in === 'body';
  return hasOwnRefusal ? applyDecorators(add, ApiProblems(REFUSALS[noun])) : add;
}

export function restrictionsOf(handler: object): readonly Restriction[] {
  return (Reflect.getMetadata(RESTRICTED, handler) as readonly Restriction[] | undefined) ?? [];
}
