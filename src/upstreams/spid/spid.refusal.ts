import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyAnswerError,
  RejectedError,
  ThrottledError,
  VoucherUnavailableError,
  type MissingThing,
  type UpstreamError,
  type UpstreamErrorDetails,
} from '../transport/upstream.errors.js';
import type { Refusal } from './spid.envelope.js';

/** What a refusal means for the call. */
export type Verdict =
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
 * Beginnings of the vendor's texts; they alone tell one failure from another, and their ends changed over time
 * (SPiD F8). These are about rights and limits: nothing was executed, whatever the status, since some of them come
 * with a 5xx (SPiD F40). What belongs to another client is as good as missing.
 */
const ABOUT_RIGHTS: readonly (readonly [beginning: string, Verdict])[] = [
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

/** These are about the thing itself (SPiD B0) and mean what they say unless the server failed while it said so. */
const ABOUT_CONTENT: readonly (readonly [beginning: string, Verdict])[] = [
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
 * Why it failed, and after how many vouchers, stays open (SPiD C1), whatever the further details beside it say: a
 * cause does not tell what was done before it struck.
 */
const LEFT_OPEN: readonly (readonly [beginning: string, Verdict])[] = [
  ['handout failed', 'ambiguous'],
  ['failed to generate vouchers', 'ambiguous'],
];

const STALE_TOKEN: ReadonlySet<string> = new Set(['invalid_token', 'expired_token']);

/** Reads a refusal. The order matters: limits, what is left open, rights, then the server's own failure, then the content. */
export function verdictOf({ status, envelope, oauthError, texts }: Refusal): Verdict {
  if (status === 420 || status === 429) return 'throttled';
  if (envelope === 'oauth' && status === 401 && STALE_TOKEN.has(oauthError ?? '')) return 'stale-token';
  const open = find(LEFT_OPEN, texts);
  if (open) return status >= 500 ? 'server-error' : open;
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

function find(table: typeof ABOUT_RIGHTS, texts: readonly string[]): Verdict | undefined {
  const plain = texts.map(plainText);
  return table.find(([beginning]) => plain.some((text) => text.startsWith(beginning)))?.[1];
}

function plainText(text: string): string {
  return text.slice(0, 500).toLowerCase().replaceAll('’', "'").replaceAll(/\s+/g, ' ').trim();
}

/** Waits are believed between one second and the usual period of an hour (SPiD A6); captures show negative ones. */
const RESET_SECONDS_MAX = 3_600;
const RESET_SECONDS_OTHERWISE = 60;

export function retryAfterSeconds(reset: unknown): number {
  const sane =
    typeof reset === 'number' && Number.isInteger(reset) && reset >= 1 && reset <= RESET_SECONDS_MAX;
  return sane ? reset : RESET_SECONDS_OTHERWISE;
}

/** The call that was refused. */
export interface RefusedCall {
  readonly operation: string;
  /** false: a write, which an answer that nobody understands leaves open. */
  readonly safe: boolean;
}

/** The error that a refusal stands for. The vendor's text stays behind. */
export function refusalError(call: RefusedCall, refusal: Refusal, verdict: Verdict): UpstreamError {
  const details = {
    upstream: 'spid' as const,
    operation: call.operation,
    reason: `status ${refusal.status}, ${refusal.oauthError ?? verdict}`,
  };
  switch (verdict) {
    case 'throttled':
      return new ThrottledError(retryAfterSeconds(refusal.reset), details);
    case 'stale-token':
    case 'misconfigured':
      return new MisconfiguredError(details);
    case 'no-access':
    case 'rejected':
      return new RejectedError([], details);
    case 'voucher-unavailable':
      return new VoucherUnavailableError(details);
    case 'server-error':
      return new NoTrustworthyAnswerError('server-error', details);
    case 'ambiguous':
      return new NoTrustworthyAnswerError('ambiguous', details);
    case 'unknown':
      return new NoTrustworthyAnswerError(
        call.safe || refusal.envelope === 'none' ? 'garbled' : 'ambiguous',
        details,
      );
    default:
      return missing(call, verdict, details);
  }
}

function missing(
  { operation }: RefusedCall,
  verdict: `no ${MissingThing}`,
  details: UpstreamErrorDetails,
): MissingError {
  // Who asks for a code asks about no group.
  if (operation === 'voucher_get') return new MissingError('voucher', details);
  return new MissingError(verdict.slice('no '.length) as MissingThing, details);
}
