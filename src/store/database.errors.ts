import { types } from 'node:util';

/** The database cannot be used now; the same work may succeed later. Never says that work was not done. */
export class DatabaseUnavailableError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`the database cannot be used: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'DatabaseUnavailableError';
  }
}

/** The database belongs to a newer program; working on it could damage what that program wrote. */
export class SchemaTooNewError extends Error {
  constructor(
    readonly found: number,
    readonly known: number,
  ) {
    super(
      `the database has schema version ${found}, this program knows versions up to ${known}: ` +
        'start the newer program, or restore a backup of the older schema',
    );
    this.name = 'SchemaTooNewError';
  }
}

/** Another process has the embedded database open; two writers would destroy it and run one key twice. */
export class DataDirInUseError extends Error {
  constructor(dataDir: string, holder: string) {
    super(
      `the folder ${dataDir} (DATA_DIR) is in use by ${holder}: stop that process, set another DATA_DIR, or set ` +
        'DATABASE_URL to share one PostgreSQL between several processes',
    );
    this.name = 'DataDirInUseError';
  }
}

/** The folder of the embedded database cannot be made, written to or locked. */
export class DataDirUnusableError extends Error {
  constructor(dataDir: string, reason: string, cause?: unknown) {
    super(
      `the folder ${dataDir} (DATA_DIR) cannot hold the embedded database: ${reason}. Set DATA_DIR to a folder that ` +
        'this process can write to, or DATABASE_URL to a PostgreSQL',
      cause === undefined ? undefined : { cause },
    );
    this.name = 'DataDirUnusableError';
  }
}

/**
 * SQLSTATE classes that speak of the server and not of the statement: connection (08), transaction state (25, for
 * example a read-only standby), rollback by conflict (40), resources such as a full disk (53), object state (55),
 * operator intervention and statement timeout (57), system error (58), internal error (XX).
 */
const UNAVAILABLE_CLASSES: ReadonlySet<string> = new Set(['08', '25', '40', '53', '55', '57', '58', 'XX']);

/** The connection itself is in doubt: no answer from a server, a shutdown, no free slot. */
const CONNECTION_STATES = /^(08...|57P0.|53300)$/;

/** Is this the state of the server or of the way to it, so that the same statement may succeed later? */
export function isUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined ? isDriverFailure(error) : UNAVAILABLE_CLASSES.has(state.slice(0, 2));
}

/** Should the connection be looked at before it is used again? */
export function isConnectionInDoubt(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined ? isDriverFailure(error) : CONNECTION_STATES.test(state);
}

/**
 * Sockets and files fail with a system code; the drivers' own timeouts and ends have only a text. Anything else
 * without a SQLSTATE is a mistake of ours and must stay visible as one.
 */
function isDriverFailure(error: unknown): boolean {
  if (!types.isNativeError(error)) return false;
  // WebAssembly's error: the embedded database is broken.
  if (error.name === 'RuntimeError') return true;
  const { code, errno } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return !code.startsWith('ERR_');
  return (
    typeof errno === 'number' || /timeout|terminated|destroyed|closed|end on the pool/i.test(error.message)
  );
}

/** SQLSTATE of a server's answer; undefined when the error did not come from a server. */
function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)
    ? code
    : undefined;
}
