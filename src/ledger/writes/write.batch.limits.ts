import type { BatchLimits } from '../../store/batches.js';
import { DatabaseUnavailableError } from '../../store/database/database.errors.js';

/**
 * 50 rows are about 50 kB and 2 ms of server time. Two batches of claims and two of ends leave connections of the
 * pool to other statements.
 */
export const BATCHES: BatchLimits = { size: 50, concurrent: 2 };

/** A failure of the whole batch: no row of it is tried alone. */
export function isOutage(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError;
}
