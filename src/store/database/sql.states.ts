import type { DatabaseTrouble } from './database.status.js';

/**
 * When to open new connections in place of those there are. `at_once`: the server reported that this connection is of no
 * use. `in_doubt`: it may also be overload, which new connections would make worse, so rarely. `never`: the connection
 * works.
 */
export type Renewal = 'at_once' | 'in_doubt' | 'never';

/** What an error of the server means for us. */
export interface SqlStateRule {
  readonly meaning: string;
  /**
   * `unavailable`: a state of the server or of the way to it; callers get 503 and the same statement may succeed
   * later. `bug`: the statement itself; it stays visible as an error of ours.
   */
  readonly is: 'unavailable' | 'bug';
  readonly renewal: Renewal;
  /** null where it passes by itself and does not concern the next statement. */
  readonly trouble: DatabaseTrouble | null;
  /** The statement may have been committed all the same: the connection was lost before its end was known. */
  readonly mayHaveCommitted: boolean;
}

/** Every class of SQLSTATE that PostgreSQL documents (appendix A of its manual). */
export const SQL_STATE_CLASSES: Readonly<Record<string, SqlStateRule>> = {
  '00': bug('successful completion'),
  '01': bug('warning'),
  '02': bug('no data'),
  '03': bug('SQL statement not yet complete'),
  // Also what a pooler reports of a server that it cannot reach.
  '08': lost('connection exception', 'unreachable'),
  // Tollgate has no triggers and functions: foreign code in this database refuses.
  '09': unavailable('triggered action exception'),
  '0A': bug('feature not supported'),
  '0B': bug('invalid transaction initiation'),
  '0F': bug('locator exception'),
  '0L': bug('invalid grantor'),
  '0P': renewed('invalid role specification', 'login_refused'),
  '0Z': bug('diagnostics exception'),
  '10': bug('XQuery error'),
  '20': bug('case not found'),
  '21': bug('cardinality violation'),
  '22': bug('data exception'),
  '23': bug('integrity constraint violation'),
  '24': bug('invalid cursor state'),
  // A session that was left inside a transaction is unusable too.
  '25': renewed('invalid transaction state', null),
  '26': bug('invalid SQL statement name'),
  '27': unavailable('triggered data change violation'),
  '28': renewed('invalid authorization specification', 'login_refused'),
  '2B': bug('dependent privilege descriptors still exist'),
  '2D': bug('invalid transaction termination'),
  '2F': unavailable('SQL routine exception'),
  '34': bug('invalid cursor name'),
  '38': unavailable('external routine exception'),
  '39': unavailable('external routine invocation exception'),
  '3B': bug('savepoint exception'),
  '3D': renewed('invalid catalog name', 'database_missing'),
  '3F': renewed('invalid schema name', 'schema_missing'),
  '40': unavailable('transaction rollback'),
  '42': bug('syntax error or access rule violation'),
  '44': bug('WITH CHECK OPTION violation'),
  '53': doubted('insufficient resources', 'out_of_resources'),
  '54': bug('program limit exceeded'),
  '55': unavailable('object not in prerequisite state'),
  '57': unavailable('operator intervention'),
  '58': { ...doubted('system error', 'server_error'), mayHaveCommitted: true },
  '72': unavailable('snapshot failure'),
  F0: doubted('configuration file error', 'server_error'),
  HV: bug('foreign data wrapper error'),
  P0: unavailable('PL/pgSQL error'),
  XX: { ...doubted('internal error', 'server_error'), mayHaveCommitted: true },
};

/** States that differ from their class. */
export const SQL_STATE_EXCEPTIONS: Readonly<Record<string, SqlStateRule>> = {
  '25006': renewed('read-only SQL transaction', 'read_only'),
  '25P03': lost('idle-in-transaction timeout ended the session', null),
  '25P04': lost('transaction timeout ended the session', null),
  '40003': { ...unavailable('statement completion unknown'), mayHaveCommitted: true },
  '42501': renewed('insufficient privilege', 'permission_denied'),
  // Our statements name three tables, all made by the schema: they were dropped, or this is another database.
  '42P01': renewed('undefined table', 'schema_missing'),
  '57P01': lost('shutdown by an administrator', 'unreachable'),
  '57P02': lost('shutdown after a crash', 'unreachable'),
  '57P03': lost('cannot connect now', 'unreachable'),
  '57P04': lost('database dropped', 'database_missing'),
  '57P05': lost('idle session timeout', null),
};

/** A class that no manual of PostgreSQL has: of an extension, a fork or a proxy, so a state of the server. */
const UNKNOWN_CLASS = doubted('unknown class', 'server_error');

export function ruleOfSqlState(state: string): SqlStateRule {
  return SQL_STATE_EXCEPTIONS[state] ?? SQL_STATE_CLASSES[state.slice(0, 2)] ?? UNKNOWN_CLASS;
}

function bug(meaning: string): SqlStateRule {
  return { meaning, is: 'bug', renewal: 'never', trouble: null, mayHaveCommitted: false };
}

function unavailable(meaning: string): SqlStateRule {
  return { meaning, is: 'unavailable', renewal: 'never', trouble: null, mayHaveCommitted: false };
}

function doubted(meaning: string, trouble: DatabaseTrouble): SqlStateRule {
  return { meaning, is: 'unavailable', renewal: 'in_doubt', trouble, mayHaveCommitted: false };
}

function renewed(meaning: string, trouble: DatabaseTrouble | null): SqlStateRule {
  return { meaning, is: 'unavailable', renewal: 'at_once', trouble, mayHaveCommitted: false };
}

/** The connection is gone, so the end of what ran on it is unknown. */
function lost(meaning: string, trouble: DatabaseTrouble | null): SqlStateRule {
  return { meaning, is: 'unavailable', renewal: 'at_once', trouble, mayHaveCommitted: true };
}
