import { DatabaseUnavailableError } from '../store/database.errors.js';
import { ledgerProblemOptions } from '../http/problems/ledger.problems.js';
import { ProblemError } from '../http/problems/problem.error.js';

/** The ledger cannot be written, so nothing was sent. */
export class LedgerUnavailableError extends ProblemError {
  constructor(cause: unknown) {
    super(
      'ledger-unavailable',
      'Writes cannot be recorded at the moment, so nothing was sent. Repeat it later.',
      { ...ledgerProblemOptions(cause), outcome: 'not_executed' },
    );
    this.name = 'LedgerUnavailableError';
  }
}

/** The ledger cannot be read; says nothing about any write. */
export class LedgerUnreadableError extends ProblemError {
  constructor(cause: unknown) {
    super('ledger-unavailable', 'Operations cannot be read at the moment.', ledgerProblemOptions(cause));
    this.name = 'LedgerUnreadableError';
  }
}

/** Runs a statement that decides nothing about what is sent. @throws LedgerUnreadableError */
export async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw new LedgerUnreadableError(error);
    throw error;
  }
}

/** Not there, and not this caller's, are one answer: nobody learns the ids of others. */
export function operationNotFound(): ProblemError {
  return new ProblemError('operation-not-found', 'There is no such operation for this caller and tenant.');
}

/** A stored answer cannot be decrypted: its key is not configured any more, or the row was tampered with. */
export class AnswerUnreadableError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`a stored answer cannot be read: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'AnswerUnreadableError';
  }
}
