import { types } from 'node:util';
import { reasonOfTlsError } from '../../config/errors/tls.errors.js';
import {
  ConnectionFailedError,
  ConnectionsBusyError,
  IndexMissingError,
  NoResponseError,
} from './database.errors.js';
import type { DatabaseTrouble } from './database.status.js';
import { type Renewal, ruleOfSqlState } from './sql.states.js';

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
