import { DatabaseUnavailableError } from '../../store/database.errors.js';
import type { ProblemOptions } from './problem.error.js';

/** Long enough for a restart of the database not to be met by every client at once, short enough for a person. */
const RETRY_AFTER_SECONDS = 5;

/** What every `ledger-unavailable` tells of its cause. */
export function ledgerProblemOptions(cause: unknown): ProblemOptions {
  const trouble = cause instanceof DatabaseUnavailableError ? cause.trouble : null;
  return { retryAfterSeconds: RETRY_AFTER_SECONDS, cause, ...(trouble ? { reason: trouble } : {}) };
}
