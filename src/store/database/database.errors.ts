import { resolve } from 'node:path';
import { types } from 'node:util';
import { reasonOfFileError } from '../../config/data.folder.js';
import { StartRefusedError } from '../../config/errors/start.refused.error.js';
import { reasonOfTlsError } from '../../config/errors/tls.refusal.js';
import type { DatabaseTrouble } from './database.trouble.js';
import { type Renewal, ruleOfSqlState } from './sql.states.js';

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

/**
 * What a process keeps in `DATA_DIR`. `database`: the embedded database, which `DATABASE_URL` would replace. `demo`: that
 * and the keys and simulators of embedded mode. `demo-files`: only the latter, the database is elsewhere.
 */
export type DataDirUse = 'database' | 'demo' | 'demo-files';

/** Another process uses the folder: two would destroy the database, run one key twice and lose the simulators' state. */
export class DataDirInUseError extends StartRefusedError {
  constructor(dataDir: string, holder: string, use: DataDirUse) {
    const remedy =
      use === 'database'
        ? 'stop that process, set another DATA_DIR, or set DATABASE_URL to share one PostgreSQL between several processes'
        : 'stop that process, or set another DATA_DIR: a demo keeps its simulators there, with DATABASE_URL too';
    super(`the folder ${resolve(dataDir)} (DATA_DIR) is in use by ${holder}: ${remedy}`);
  }
}

/** The folder cannot be made, written to or locked. */
export class DataDirUnusableError extends StartRefusedError {
  constructor(dataDir: string, reason: string, { use, cause }: { use: DataDirUse; cause?: unknown }) {
    const content = use === 'demo-files' ? 'the keys of the ledger' : 'the embedded database';
    const remedy = use === 'database' ? ', or DATABASE_URL to a PostgreSQL' : '';
    super(
      `the folder ${resolve(dataDir)} (DATA_DIR) cannot hold ${content}: ${reason}. Set DATA_DIR to a folder that this ` +
        `process can write to${remedy}`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** The folder can be used, but the embedded database in it cannot be opened or made. */
export class EmbeddedDatabaseUnusableError extends StartRefusedError {
  constructor(folder: string, cause: unknown) {
    super(
      `the embedded database in ${resolve(folder)} (DATA_DIR) cannot be opened: ${reasonOfFileError(cause)}. It is damaged, of ` +
        'another version, or not a database: restore a backup of DATA_DIR, or set DATA_DIR to a new folder',
      { cause },
    );
  }
}

/** What an error of the driver or of the server means for the work that met it, and for the connections. */
export interface DatabaseFailure {
  /** False: a bug of ours, or no error of the database at all. */
  readonly isUnavailable: boolean;
  readonly renewal: Renewal;
  readonly trouble: DatabaseTrouble | null;
  readonly mayHaveCommitted: boolean;
}

const BUG: DatabaseFailure = {
  isUnavailable: false,
  renewal: 'never',
  trouble: null,
  mayHaveCommitted: false,
};

/** The server received no statement, and a retry may succeed. */
const PASSING: DatabaseFailure = { ...BUG, isUnavailable: true };

/** These refuse the program itself, and a retry does not help: a configuration error. */
const FINAL_AT_START: ReadonlySet<DatabaseTrouble | null> = new Set([
  'login_refused',
  'database_missing',
  'permission_denied',
  'schema_missing',
] as const);

export function failureOf(error: unknown): DatabaseFailure {
  if (error instanceof IndexMissingError) return { ...PASSING, trouble: 'index_missing' };
  if (error instanceof ConnectionsBusyError) return { ...PASSING, renewal: error.renewal };
  if (error instanceof NoResponseError) return { ...PASSING, renewal: error.renewal, mayHaveCommitted: true };
  if (error instanceof ConnectionFailedError) {
    const failure = failureOf(error.cause);
    const { isUnavailable, trouble } = failure;
    // A refused connection, by a certificate for example, is not an error of the statement that waits for it.
    return isUnavailable
      ? { ...failure, trouble: trouble ?? 'unreachable', mayHaveCommitted: false }
      : { ...lostConnection('at_once'), mayHaveCommitted: false };
  }
  const state = sqlStateOf(error);
  if (state === undefined) return failureOfDriver(error);
  const { is, ...rule } = ruleOfSqlState(state);
  return { ...rule, isUnavailable: is === 'unavailable' };
}

/** Should the process end rather than wait for the database to change its mind? */
export function stopsStart(error: unknown): boolean {
  const root = error instanceof ConnectionFailedError ? error.cause : error;
  const { isUnavailable, trouble } = failureOf(root);
  return !isUnavailable || FINAL_AT_START.has(trouble) || reasonOfTlsError(root) !== undefined;
}

/**
 * Sockets and files fail with a system code; the drivers' own timeouts and ends have only a text. Anything else
 * without a SQLSTATE is a mistake of ours and must stay visible as one.
 */
function failureOfDriver(error: unknown): DatabaseFailure {
  if (!types.isNativeError(error)) return BUG;
  // WebAssembly's error: the embedded database is broken.
  if (error.name === 'RuntimeError') return lostConnection('at_once');
  const { code, errno } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return code.startsWith('ERR_') ? BUG : lostConnection('at_once');
  // An overload has the same effect.
  if (/timeout/i.test(error.message)) return lostConnection('in_doubt');
  const isEnd = /terminated|destroyed|closed|not queryable|end on the pool/i.test(error.message);
  return typeof errno === 'number' || isEnd ? lostConnection('at_once') : BUG;
}

function lostConnection(renewal: Renewal): DatabaseFailure {
  return { isUnavailable: true, renewal, trouble: 'unreachable', mayHaveCommitted: true };
}

/** SQLSTATE of a server's response; undefined when the error did not come from a server. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)
    ? code
    : undefined;
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
