import type { ResourceNoun } from '../../../config/resource.rules.js';

/** Metadata of a handler with `@Restricted`. */
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

export function restrictionsOf(handler: object): readonly Restriction[] {
  return (Reflect.getMetadata(RESTRICTED, handler) as readonly Restriction[] | undefined) ?? [];
}
