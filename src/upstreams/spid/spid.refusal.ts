import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  RejectedError,
  ThrottledError,
  VoucherUnavailableError,
  type MissingThing,
  type UpstreamError,
  type UpstreamErrorDetails,
} from '../transport/upstream.errors.js';
import type { Refusal } from './response/spid.envelope.js';
import { retryAfterSeconds } from './response/spid.quota.js';

/** What a refusal means for the call: which error it becomes. */
export type RefusalKind =
  | 'stale-token'
  | 'no-access'
  | 'throttled'
  | 'misconfigured'
  | 'rejected'
  | 'voucher-unavailable'
  | 'server-error'
  | 'ambiguous'
  | 'unknown'
  | `no ${MissingThing}`;

/**
 * Beginnings of vendor texts, in lowercase. Only the text distinguishes failures, and the endings changed over time
 * (SPiD F8). These are about rights and limits: nothing was executed, with any status, since some come with a 5xx
 * (SPiD F40). A thing of another client counts as missing.
 */
const ABOUT_RIGHTS: readonly (readonly [beginning: string, RefusalKind])[] = [
  ['request ratelimit exceeded', 'throttled'],
  ["you don't have administration rights for this client", 'misconfigured'],
  ["your client doesn't have administration rights for this client", 'misconfigured'],
  ['client is not authorized to access this api endpoint', 'misconfigured'],
  ['requesting ip is not whitelisted', 'misconfigured'],
  ['access token rejected', 'misconfigured'],
  ['unknown client id', 'misconfigured'],
  ['client id mismatch', 'misconfigured'],
  ['no such endpoint', 'misconfigured'],
  ['set generator used, but no client voucher prefix set', 'misconfigured'],
  ['token is not authorized to access this user', 'no user'],
  ['client does not have access to this voucher group', 'no voucher-group'],
];

/** About the requested thing (SPiD B0). Not believed with a 5xx. */
const ABOUT_CONTENT: readonly (readonly [beginning: string, RefusalKind])[] = [
  ['no access to that product', 'no-access'],
  ['user not found', 'no user'],
  ['product not found', 'no product'],
  ['voucher group not found', 'no voucher-group'],
  ['voucher not found', 'no voucher'],
  ['the requested amount exceeds the available amount', 'voucher-unavailable'],
  ['was not able to grant access', 'rejected'],
  ['was not able to remove access', 'rejected'],
  ['voucher group could not be', 'rejected'],
  ['missing required', 'rejected'],
];

/**
 * Cause and progress are unknown (SPiD C1), even when further details are given: a cause does not show what was done
 * before it occurred.
 */
const ABOUT_PROGRESS: readonly (readonly [beginning: string, RefusalKind])[] = [
  ['handout failed', 'ambiguous'],
  ['failed to generate vouchers', 'ambiguous'],
];

const STALE_TOKEN: ReadonlySet<string> = new Set(['invalid_token', 'expired_token']);

/** The order matters: limit, token, progress, rights, then server errors, then content. */
export function refusalKind({ status, envelope, oauthError, texts }: Refusal): RefusalKind {
  if (status === 420 || status === 429) return 'throttled';
  if (envelope === 'oauth' && status === 401 && STALE_TOKEN.has(oauthError ?? '')) return 'stale-token';
  const progress = find(ABOUT_PROGRESS, texts);
  if (progress) return status >= 500 ? 'server-error' : progress;
  const rights = find(ABOUT_RIGHTS, texts);
  if (rights) return rights;
  if (status >= 500) return 'server-error';
  if (envelope === 'oauth') return [400, 401, 403].includes(status) ? 'misconfigured' : 'unknown';
  const content = find(ABOUT_CONTENT, texts);
  if (content) return content;
  if (envelope === 'none') return 'unknown';
  if (status === 401 || status === 403) return 'misconfigured';
  return status === 400 || status === 409 || status === 422 ? 'rejected' : 'unknown';
}

function find(table: typeof ABOUT_RIGHTS, texts: readonly string[]): RefusalKind | undefined {
  const plain = texts.map(plainText);
  return table.find(([beginning]) => plain.some((text) => text.startsWith(beginning)))?.[1];
}

function plainText(text: string): string {
  return text.slice(0, 500).toLowerCase().replaceAll('’', "'").replaceAll(/\s+/g, ' ').trim();
}

/** Errors of the token endpoint about the credentials (SPiD A2). */
const REFUSED_CREDENTIALS: ReadonlyMap<string, string> = new Map([
  ['invalid_client_credentials', 'the vendor refuses the client secret, or does not know the client id'],
  ['invalid_client', 'the vendor refuses the client secret, or does not know the client id'],
  ['invalid_client_id', 'the vendor does not know the client id'],
  ['unauthorized_client', 'the vendor gives this client no server token'],
  ['insufficient_scope', 'the rights of this client are too small'],
]);

/** The call that was refused. */
export interface RefusedCall {
  readonly operation: string;
  /** false for a write, whose outcome an unknown response leaves open. */
  readonly safe: boolean;
}

/** The error for a refusal. It never carries the vendor's text. */
export function refusalError(call: RefusedCall, refusal: Refusal, kind: RefusalKind): UpstreamError {
  const details = {
    upstream: 'spid' as const,
    operation: call.operation,
    reason: `status ${refusal.status}, ${refusal.oauthError ?? kind}`,
  };
  switch (kind) {
    case 'throttled':
      return new ThrottledError(retryAfterSeconds(refusal.reset), details);
    case 'stale-token':
    case 'misconfigured':
      return new MisconfiguredError({
        ...details,
        refused: REFUSED_CREDENTIALS.get(refusal.oauthError ?? ''),
      });
    case 'no-access':
    case 'rejected':
      return new RejectedError([], details);
    case 'voucher-unavailable':
      return new VoucherUnavailableError(details);
    case 'server-error':
      return new NoTrustworthyResponseError('server-error', { ...details, status: refusal.status });
    case 'ambiguous':
      return new NoTrustworthyResponseError('ambiguous', details);
    case 'unknown':
      return new NoTrustworthyResponseError(
        call.safe || refusal.envelope === 'none' ? 'garbled' : 'ambiguous',
        details,
      );
    default:
      return missing(call, kind, details);
  }
}

function missing(
  { operation }: RefusedCall,
  kind: `no ${MissingThing}`,
  details: UpstreamErrorDetails,
): MissingError {
  // The caller named a code, not a group.
  if (operation === 'voucher_get') return new MissingError('voucher', details);
  return new MissingError(kind.slice('no '.length) as MissingThing, details);
}
