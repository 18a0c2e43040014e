import type { Connection } from 'pg';
import { BoundedQuery } from './bounded.query.js';

/** Notes what is written to it. */
class RecordingConnection {
  readonly sent: string[] = [];
  readonly parsedStatements = {};
  readonly submittedNamedStatements = {};
  readonly stream = {
    cork: () => this.sent.push('cork'),
    uncork: () => this.sent.push('uncork'),
  };

  parse({ text }: { text: string }): void {
    this.sent.push(`parse ${text}`);
  }

  bind({ values = [] }: { values?: unknown[] }): void {
    this.sent.push(`bind ${values.length}`);
  }

  describe(): void {
    this.sent.push('describe');
  }

  execute(): void {
    this.sent.push('execute');
  }

  sync(): void {
    this.sent.push('sync');
  }
}

const BOUNDS = { settings: 'select set_config(…)', timeoutMs: 6_000 };

describe('a query with bounds', () => {
  it('goes out in one packet and one transaction with its settings', () => {
    const connection = new RecordingConnection();
    const query = new BoundedQuery('select $1', [1], BOUNDS, () => undefined);
    expect(query.submit(connection as unknown as Connection)).toBeNull();
    const packets = connection.sent.filter((each) => !each.includes('cork'));
    expect(packets).toEqual([
      `parse ${BOUNDS.settings}`,
      'bind 0',
      'execute',
      'parse select $1',
      'bind 1',
      'describe',
      'execute',
      'sync',
    ]);
    expect([connection.sent[0], connection.sent.at(-1)]).toEqual(['cork', 'uncork']);
  });

  it('is given up by the client after its time', () => {
    expect(new BoundedQuery('select 1', [], BOUNDS, () => undefined).query_timeout).toBe(6_000);
  });
});
