import { type Connection, DatabaseError } from 'pg';
import { isNotKept, PreparedQuery, preparedSettings } from './prepared.query.js';
import { PreparedStatement } from './prepared.statement.js';

interface Named {
  readonly name?: string;
  readonly statement?: string;
  readonly values?: readonly unknown[];
}

/** Notes what is written to it. */
class RecordingConnection {
  readonly sent: string[] = [];
  readonly stream = {
    cork: () => this.sent.push('cork'),
    uncork: () => this.sent.push('uncork'),
  };
  close = ({ name }: Named) => this.sent.push(`close ${name}`);
  parse = ({ name }: Named) => this.sent.push(`parse ${name}`);
  bind = ({ statement, values }: Named) => this.sent.push(`bind ${statement} ${JSON.stringify(values)}`);
  describe = () => this.sent.push('describe');
  execute = () => this.sent.push('execute');
  sync = () => this.sent.push('sync');
}

const BOUNDS = { settings: 'select set_config(…)', timeoutMs: 6_000 };
const SETTINGS = preparedSettings(BOUNDS.settings);
const STATEMENT = new PreparedStatement('select $1, $2, $3');

function sentBy(kept: readonly string[]): string[] {
  const connection = new RecordingConnection();
  const call = {
    statement: STATEMENT,
    values: ['a', 7, null],
    settings: SETTINGS,
    kept: new Set(kept),
  };
  const query = new PreparedQuery(call, BOUNDS, () => undefined);
  expect(query.query_timeout).toBe(BOUNDS.timeoutMs);
  expect(query.submit(connection as unknown as Connection)).toBeNull();
  return connection.sent;
}

describe('a prepared query', () => {
  const bound = [`bind ${SETTINGS.name} []`, 'execute', `bind ${STATEMENT.name} ["a","7",null]`, 'describe'];

  it('sends only names and values once the session has its statements', () => {
    expect(sentBy([SETTINGS.name, STATEMENT.name])).toEqual(['cork', ...bound, 'execute', 'sync', 'uncork']);
  });

  it('parses what the session has not kept, after a parse that may have succeeded before', () => {
    const [settings, executed, ...statement] = bound;
    expect(sentBy([])).toEqual([
      'cork',
      `close ${SETTINGS.name}`,
      `parse ${SETTINGS.name}`,
      settings,
      executed,
      `close ${STATEMENT.name}`,
      `parse ${STATEMENT.name}`,
      ...statement,
      'execute',
      'sync',
      'uncork',
    ]);
  });

  it('names different texts differently, within the length of a name in PostgreSQL', () => {
    expect(new PreparedStatement('select 1').name).not.toBe(new PreparedStatement('select 2').name);
    expect(STATEMENT.name.length).toBeLessThan(64);
  });

  it.each([
    ['26000', true],
    ['42P05', true],
    ['23505', false],
  ])('takes SQLSTATE %s for a session that kept nothing: %s', (code, expected) => {
    expect(isNotKept(Object.assign(new DatabaseError('x', 1, 'error'), { code }))).toBe(expected);
  });
});
