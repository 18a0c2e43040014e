import { DATABASE_TROUBLES } from './database.status.js';
import { ruleOfSqlState, SQL_STATE_CLASSES, SQL_STATE_EXCEPTIONS } from './sql.states.js';

/** Sections of appendix A of PostgreSQL's manual, versions 13 to 18. */
const DOCUMENTED_CLASSES =
  '00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 53 54 55 57 58 72 F0 HV P0 XX';

const shown = (state: string) => {
  const { is, renewal, trouble, mayHaveCommitted } = ruleOfSqlState(state);
  return [is, renewal, trouble, mayHaveCommitted];
};

describe('the table of SQLSTATE classes', () => {
  it('has every documented class', () => {
    expect(Object.keys(SQL_STATE_CLASSES).toSorted()).toEqual(DOCUMENTED_CLASSES.split(' '));
  });

  it.each([
    ['08000', 'connection exception', 'unavailable', 'at_once', 'unreachable', true],
    ['08006', 'connection failure', 'unavailable', 'at_once', 'unreachable', true],
    ['08P01', 'a pooler that cannot use its server', 'unavailable', 'at_once', 'unreachable', true],
    ['25006', 'a read-only server after a failover', 'unavailable', 'at_once', 'read_only', false],
    ['25001', 'a session left inside a transaction', 'unavailable', 'at_once', null, false],
    ['25P02', 'a session left in a failed transaction', 'unavailable', 'at_once', null, false],
    ['25P03', 'a session ended for idling in a transaction', 'unavailable', 'at_once', null, true],
    ['25P04', 'a session ended for a long transaction', 'unavailable', 'at_once', null, true],
    ['28000', 'a role that may not log in', 'unavailable', 'at_once', 'login_refused', false],
    ['28P01', 'a changed password', 'unavailable', 'at_once', 'login_refused', false],
    ['0P000', 'a role that is gone', 'unavailable', 'at_once', 'login_refused', false],
    ['3D000', 'a dropped database', 'unavailable', 'at_once', 'database_missing', false],
    ['57P04', 'a database dropped under a session', 'unavailable', 'at_once', 'database_missing', true],
    ['3F000', 'a dropped schema', 'unavailable', 'at_once', 'schema_missing', false],
    ['42P01', 'a dropped table', 'unavailable', 'at_once', 'schema_missing', false],
    ['42501', 'a revoked right', 'unavailable', 'at_once', 'permission_denied', false],
    ['53100', 'a full disk', 'unavailable', 'in_doubt', 'out_of_resources', false],
    ['53200', 'no memory', 'unavailable', 'in_doubt', 'out_of_resources', false],
    ['53300', 'too many connections', 'unavailable', 'in_doubt', 'out_of_resources', false],
    ['53400', 'a limit of the configuration', 'unavailable', 'in_doubt', 'out_of_resources', false],
    ['57014', 'a statement timeout', 'unavailable', 'never', null, false],
    ['57P01', 'a restart', 'unavailable', 'at_once', 'unreachable', true],
    ['57P02', 'a crash', 'unavailable', 'at_once', 'unreachable', true],
    ['57P03', 'a server that starts', 'unavailable', 'at_once', 'unreachable', true],
    ['57P05', 'a session ended for idling', 'unavailable', 'at_once', null, true],
    ['40001', 'a serialization failure', 'unavailable', 'never', null, false],
    ['40003', 'a lost confirmation', 'unavailable', 'never', null, true],
    ['40P01', 'a deadlock', 'unavailable', 'never', null, false],
    ['55P03', 'a lock that cannot be had', 'unavailable', 'never', null, false],
    ['58030', 'an I/O error', 'unavailable', 'in_doubt', 'server_error', true],
    ['72000', 'an old snapshot', 'unavailable', 'never', null, false],
    ['F0000', 'a broken configuration', 'unavailable', 'in_doubt', 'server_error', false],
    ['P0001', 'an exception of a foreign trigger', 'unavailable', 'never', null, false],
    ['XX000', 'an internal error', 'unavailable', 'in_doubt', 'server_error', true],
    ['XX001', 'corrupt data', 'unavailable', 'in_doubt', 'server_error', true],
    ['ZZ999', 'a class that no manual has', 'unavailable', 'in_doubt', 'server_error', false],
    ['0A000', 'an unsupported feature', 'bug', 'never', null, false],
    ['22P02', 'a malformed value', 'bug', 'never', null, false],
    ['23505', 'a broken rule of a table', 'bug', 'never', null, false],
    ['42601', 'a syntax error', 'bug', 'never', null, false],
    ['42703', 'an unknown column', 'bug', 'never', null, false],
    ['54001', 'a statement that is too deep', 'bug', 'never', null, false],
  ])('%s, %s: %s, renewed %s, reported as %s, perhaps committed: %s', (state, _, ...expected) => {
    expect(shown(state)).toEqual(expected);
  });

  it('renews connections and reports a trouble only for what is no bug', () => {
    for (const rule of [...Object.values(SQL_STATE_CLASSES), ...Object.values(SQL_STATE_EXCEPTIONS)]) {
      if (rule.is === 'bug')
        expect([rule.renewal, rule.trouble, rule.mayHaveCommitted]).toEqual(['never', null, false]);
      else expect([null, ...DATABASE_TROUBLES]).toContain(rule.trouble);
    }
  });
});
