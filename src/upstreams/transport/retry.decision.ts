import { NoTrustworthyAnswerError, NotSentError } from './upstream.errors.js';

/**
 * May a failed try be repeated? Only what certainly was not executed, or what is safe to execute twice: a request
 * that never left, or a read. A write that left is never repeated, whatever came back.
 */
export function mayRepeat(error: unknown, safe: boolean): boolean {
  if (error instanceof NotSentError) return true;
  if (!safe || !(error instanceof NoTrustworthyAnswerError)) return false;
  return error.kind === 'lost' || error.kind === 'server-error';
}

/** Tries in all. One repeat covers a replaced connection or a restarted server; more would multiply an outage. */
export const TRIES_MAX = 2;

/** Jitter before the repeat, in milliseconds: spreads the repeats of many callers after one blip. */
export const REPEAT_DELAY_MS = { min: 25, max: 150 } as const;

/** Milliseconds to wait before a repeat; `random` answers 0 to 1. */
export function repeatDelayMs(random: () => number): number {
  return Math.round(REPEAT_DELAY_MS.min + random() * (REPEAT_DELAY_MS.max - REPEAT_DELAY_MS.min));
}
