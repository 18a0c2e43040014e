import {
  InvalidCursorError,
  LedgerUnavailableError,
  LedgerUnreadableError,
} from '../../ledger/ledger.errors.js';
import { DatabaseUnavailableError } from '../../store/database/database.errors.js';
import { ProblemError, type ProblemOptions } from './problem.error.js';

/** Spreads the retries of clients over a restart of the database; short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 5;

/** What every `ledger-unavailable` reports of its cause. */
export function ledgerProblemOptions(cause: unknown): ProblemOptions {
  const trouble = cause instanceof DatabaseUnavailableError ? cause.trouble : null;
  return { retryAfterSeconds: RETRY_AFTER_SECONDS, cause, ...(trouble ? { reason: trouble } : {}) };
}

/** The problem of an error of the ledger; undefined for every other error. */
export function problemOfLedger(error: unknown): ProblemError | undefined {
  if (error instanceof LedgerUnavailableError) {
    return new ProblemError(
      'ledger-unavailable',
      'Writes cannot be recorded at the moment, so nothing was sent. Repeat it later.',
      { ...ledgerProblemOptions(error.cause), outcome: 'not_executed' },
    );
  }
  if (error instanceof LedgerUnreadableError) {
    const detail = 'Operations cannot be read at the moment.';
    return new ProblemError('ledger-unavailable', detail, ledgerProblemOptions(error.cause));
  }
  if (error instanceof InvalidCursorError) {
    return new ProblemError('validation-failed', 'The cursor is not valid.', {
      errors: [{ pointer: '/query/cursor', detail: 'must be the nextCursor of an earlier page' }],
    });
  }
  return undefined;
}
