import { resolve } from 'node:path';
import { types } from 'node:util';
import { StartRefusedError } from '../../config/errors/start.refused.error.js';
import { embeddedFailureOf } from '../data-dir/embedded.failure.js';
import type { DatabaseTrouble } from './database.status.js';
import type { Renewal } from './sql.states.js';

export interface UnavailableOptions {
  readonly cause?: unknown;
  readonly trouble?: DatabaseTrouble | null;
  readonly mayHaveCommitted?: boolean;
  readonly isReported?: boolean;
}

/** The database cannot be used now; the same work may succeed later. */
export class DatabaseUnavailableError extends Error {
  /** Public word for the cause; null when it passes by itself. */
  readonly trouble: DatabaseTrouble | null;
  /** False: certainly no commit happened. */
  readonly mayHaveCommitted: boolean;
  /** The log has it as the state of the database, once for all that it refuses. */
  readonly isReported: boolean;

  constructor(reason: string, options: UnavailableOptions = {}) {
    const { cause, trouble = null, mayHaveCommitted = false, isReported = false } = options;
    super(`the database cannot be used: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'DatabaseUnavailableError';
    this.trouble = trouble;
    this.mayHaveCommitted = mayHaveCommitted;
    this.isReported = isReported;
  }
}

/** No connection could be made; see the cause. The server received no statement. */
export class ConnectionFailedError extends Error {
  constructor(cause: unknown) {
    super(`no connection to the database: ${reasonOfConnecting(cause)}`, { cause });
    this.name = 'ConnectionFailedError';
  }
}

/** The database belongs to a newer program; working on it could damage what that program wrote. */
export class SchemaTooNewError extends StartRefusedError {
  constructor(
    readonly found: number,
    readonly known: number,
  ) {
    super(
      `the database has schema version ${found}, this program knows versions up to ${known}: ` +
        'start the newer program, or restore a backup of the older schema',
    );
  }
}

/** No connection was free in time: all of them are at work. */
export class ConnectionsBusyError extends Error {
  constructor(
    readonly size: number,
    readonly renewal: Extract<Renewal, 'in_doubt' | 'never'>,
    cause: unknown,
  ) {
    super(`all ${size} connections of this kind of work are in use`, { cause });
    this.name = 'ConnectionsBusyError';
  }
}

/** The server did not even cancel a statement in time; the connection is closed. */
export class NoResponseError extends Error {
  constructor(
    readonly renewal: Extract<Renewal, 'in_doubt' | 'never'>,
    cause: unknown,
  ) {
    super(`no response in time: ${messageOf(cause)}`, { cause });
    this.name = 'NoResponseError';
  }
}

/** The schema is up to date, but an index that keeps a promise of the ledger is still being built. */
export class IndexMissingError extends Error {
  constructor(names: readonly string[]) {
    super(`is built in the background, without locking writers: ${names.join(', ')}`);
    this.name = 'IndexMissingError';
  }
}

/** The folder can be used, but the embedded database in it cannot be opened or made. */
export class EmbeddedDatabaseUnusableError extends StartRefusedError {
  constructor(folder: string, cause: unknown) {
    const { reason, remedy } = embeddedFailureOf(folder, cause);
    super(`the embedded database in ${resolve(folder)} (DATA_DIR) cannot be opened: ${reason}. ${remedy}`, {
      cause,
    });
  }
}

/** A server that is no PostgreSQL closes the connection, or waits; the driver's words leave out that there was no login. */
function reasonOfConnecting(cause: unknown): string {
  const text = messageOf(cause);
  if (text === 'Connection terminated unexpectedly')
    return 'the server closed the connection before the login was complete';
  return /^Connection terminated due to connection timeout$|^timeout expired$/.test(text)
    ? 'the connection and its login were not complete in time'
    : text;
}

/** A failed name lookup or connect on several addresses is an AggregateError without a message. */
export function messageOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}
