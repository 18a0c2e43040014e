import { DatabaseUnavailableError } from '../store/database/database.errors.js';

/** The intent of a write cannot be recorded, so nothing was sent. */
export class LedgerUnavailableError extends Error {
  constructor(cause: unknown) {
    super('the intent of a write cannot be recorded', { cause });
    this.name = 'LedgerUnavailableError';
  }
}

/** Operations cannot be read. Implies nothing about any write. */
export class LedgerUnreadableError extends Error {
  constructor(cause: unknown) {
    super('operations cannot be read', { cause });
    this.name = 'LedgerUnreadableError';
  }
}

/** Runs a statement on which no sending depends. @throws LedgerUnreadableError */
export async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw new LedgerUnreadableError(error);
    throw error;
  }
}

/** The cursor was not returned by an earlier page. */
export class InvalidCursorError extends Error {
  constructor() {
    super('the cursor is not the nextCursor of an earlier page');
    this.name = 'InvalidCursorError';
  }
}

/** A stored ciphertext cannot be decrypted: its key is not configured any more, or the row was tampered with. */
export class CiphertextUnreadableError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`a stored ciphertext cannot be read: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'CiphertextUnreadableError';
  }
}
