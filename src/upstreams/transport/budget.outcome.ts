import type { CallOutcome } from '../budget/budget.types.js';
import { NoTrustworthyResponseError, ThrottledError } from './upstream.errors.js';

/** The vendor's own counters, where its response has any that bind. */
export interface VendorQuota {
  /** Calls left until the reset, 0 or more. */
  readonly remaining: number;
  readonly resetMs: number;
}

/**
 * What a complete response shows about the vendor's limits and health. A refusal of the request, even of our credentials, is
 * the response of a vendor that works.
 * @param error what its reader threw, if anything
 */
export function budgetOutcomeOf(error: unknown, quota: VendorQuota | undefined): CallOutcome {
  if (error instanceof ThrottledError) {
    return { kind: 'throttled', retryAfterMs: error.retryAfterSeconds * 1_000 };
  }
  const isFailed = error instanceof NoTrustworthyResponseError && error.kind !== 'ambiguous';
  return isFailed ? { kind: 'failed' } : { kind: 'complete', ...(quota && { quota }) };
}
