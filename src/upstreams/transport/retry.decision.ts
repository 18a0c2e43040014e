import { ExponentialBackoff, fullJitterGenerator } from 'cockatiel';
import { NoTrustworthyResponseError, NotSentError } from './upstream.errors.js';

/**
 * Whether a failed attempt may be retried: only when it was certainly not executed (it was never sent) or when it is
 * safe to execute twice (a read). A write that was sent is never retried, with any response (SPiD F17, Import2 F17).
 */
export function mayRetry(error: unknown, safe: boolean): boolean {
  if (error instanceof NotSentError) return true;
  if (!safe || !(error instanceof NoTrustworthyResponseError)) return false;
  return error.kind === 'lost' || error.kind === 'server-error';
}

/**
 * One retry covers a replaced connection or a restarted server; more would amplify an outage. Over all calls of an account,
 * its budget allows a retry for every tenth call.
 */
export const RETRIES_MAX = 1;

/** Before the retry: spreads the retries of many callers after one interruption. */
const RETRY_DELAY_MS_MAX = 150;

export const BACKOFF = new ExponentialBackoff({
  generator: fullJitterGenerator,
  initialDelay: RETRY_DELAY_MS_MAX,
  maxDelay: RETRY_DELAY_MS_MAX,
});
