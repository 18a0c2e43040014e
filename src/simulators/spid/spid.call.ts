import type { Client } from './spid.client.registry.js';
import { ApiException } from './spid.errors.js';
import type { Parameters } from './spid.parameters.js';
import type { User } from './spid.records.js';
import type { SpidState } from './spid.state.js';

/** A call that has passed every check except those of the endpoint itself. */
export interface Call {
  /** The client on whose behalf it is made: the caller, or its `contextClientId` (SPiD A8). */
  readonly client: Client;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Decoded path parameters under the names of the server route. */
  readonly path: Readonly<Record<string, string>>;
  /** The form of a POST, the query of a GET or DELETE (SPiD A8). */
  readonly parameters: Parameters;
  readonly query: Parameters;
}

/** Data of a success. A collection has `meta` in the container, an element has none (SPiD A5). */
export interface CallResult {
  readonly data: unknown;
  readonly type: 'element' | 'collection';
  readonly meta: { readonly count: number; readonly offset: number } | null;
}

export type Handler = (state: SpidState, call: Call) => CallResult;

export function element(data: unknown): CallResult {
  return { data, type: 'element', meta: null };
}

/** `count` is the number in this response, which is a guess (SPiD G13). */
export function collection(data: object, offset = 0): CallResult {
  return { data, type: 'collection', meta: { count: Object.keys(data).length, offset } };
}

/** The user in the path. The error text for an unknown user is not known (SPiD B1); this is the one of SPiD B7. */
export function userOf(state: SpidState, call: Call): User {
  const user = state.findUser(call.path['id'] ?? '');
  if (!user) throw new ApiException(404, 'User not found');
  if (!user.verified || state.quirks.values.userVerification === 'none') {
    throw new ApiException(403, 'Token is not authorized to access this user.');
  }
  return user;
}
