import { operationOf, type OperationRow } from './operation.rows.js';
import type { OperationState } from './operation.state.js';
import type { BeginResult, OperationWrite, StoredResponse } from './operation.types.js';
import type { ClaimResult } from './writes/claim.rows.js';

/** The claim of a write whose key, or exclusive key, another operation has. */
export type HeldClaim = Extract<ClaimResult, { mine: false }>;

/** Bounds of Retry-After: as long as the write has run already. Most take under a second, the longest 25 s. */
const RETRY_AFTER_SECONDS = { min: 1, max: 5 } as const;

/**
 * What a write gets that is not started, by the operation that has its key or exclusive key. Undefined if that one was
 * changing its state while it was read: claim again.
 * @param now time of the database
 */
export function resultOfRepeat(
  { fingerprint }: OperationWrite,
  { holds, row }: HeldClaim,
  now: Date,
  responseOf: (row: OperationRow) => StoredResponse | null,
): BeginResult | undefined {
  const operation = operationOf(row);
  const retryAfterSeconds = retryAfterSecondsOf(operation.sentAt, now);
  if (holds === 'exclusive-key') {
    return { kind: 'busy', operation, fingerprint: row.fingerprint, retryAfterSeconds };
  }
  if (row.fingerprint !== fingerprint) return { kind: 'reused' };
  switch (row.state as OperationState) {
    case 'succeeded':
    case 'failed':
      return { kind: 'replay', operation, response: responseOf(row) };
    case 'claimed':
    case 'sent':
      return { kind: 'in-progress', operation, retryAfterSeconds };
    case 'unknown':
      return { kind: 'unknown', operation };
    case 'released':
      return undefined;
    default:
      return row.state as never;
  }
}

function retryAfterSecondsOf(sentAt: Date, now: Date): number {
  const runningSeconds = Math.ceil((now.getTime() - sentAt.getTime()) / 1_000);
  return Math.min(Math.max(runningSeconds, RETRY_AFTER_SECONDS.min), RETRY_AFTER_SECONDS.max);
}
