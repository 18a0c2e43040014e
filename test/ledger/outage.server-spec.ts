import { LedgerUnavailableError, LedgerUnreadableError } from '../../src/ledger/ledger.errors.js';
import { problemOfError } from '../../src/http/problems/problem.of.error.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { aWrite, CREATED, LedgerParts, running } from './support/ledger.parts.js';
import { OutageProxy } from './support/outage.proxy.js';
import { PostgresSchema } from './support/postgres.schema.js';
import { until } from '../support/until.js';

/** The problem that the caller of a refused write receives. */
const REFUSAL = {
  slug: 'ledger-unavailable',
  status: 503,
  options: { outcome: 'not_executed', retryAfterSeconds: 5 },
};

/** The problem that the API returns for a refused write. @throws Error if it does not */
async function problemOf(write: Promise<unknown>) {
  const result = await write.then(
    () => undefined,
    (error: unknown) => problemOfError(error, true),
  );
  if (!result) throw new Error('the write was not refused');
  return result;
}

describe('the ledger during outages of PostgreSQL', () => {
  let schema: PostgresSchema;
  let proxy: OutageProxy;
  let parts: LedgerParts;
  /** Connects directly, not through the proxy. */
  let witness: LedgerParts;

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    witness = await LedgerParts.open(new PostgresSource(schema.url()));
  });

  afterAll(async () => {
    await witness.close();
    await schema.drop();
  });

  beforeEach(async () => {
    proxy = await OutageProxy.start(schema.host, schema.port);
    await witness.clear();
  });

  afterEach(async () => {
    await parts.close();
    await proxy.close();
  });

  const open = async () => {
    parts = await LedgerParts.open(
      new PostgresSource(schema.url({ hostname: '127.0.0.1', port: String(proxy.port) })),
    );
  };
  const ready = () => until('the database is ready', () => parts.database.state.status === 'ready');
  const down = () => until('the database is down', () => parts.database.state.status === 'down');
  const stateOf = async (id: string) => (await witness.queries.find('demo', id))?.state;

  it('starts without a database, refuses writes before anything is sent, and recovers by itself', async () => {
    await proxy.set('down');
    await open();
    expect(parts.database.state).toMatchObject({
      status: 'down',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await problemOf(parts.ledger.begin(aWrite()))).toMatchObject(REFUSAL);
    await expect(parts.queries.find('demo', '01a1ff40-72a2-7e36-b4a9-9f62cc4f9eb6')).rejects.toThrow(
      LedgerUnreadableError,
    );
    await proxy.set('up');
    await ready();
    running(await parts.ledger.begin(aWrite()));
  });

  it('detects an outage with the first write, and recovers', async () => {
    await open();
    await proxy.set('down');
    await expect(parts.ledger.begin(aWrite())).rejects.toThrow(LedgerUnavailableError);
    await down();
    const { options, ...refusal } = await problemOf(parts.ledger.begin(aWrite()));
    expect({ ...refusal, options }).toMatchObject(REFUSAL);
    // Its state was logged: a line for each write beside it would be a flood.
    expect(options.cause).toMatchObject({ isReported: true });
    await proxy.set('up');
    await ready();
    running(await parts.ledger.begin(aWrite()));
  });

  it('survives broken connections without reporting an outage', async () => {
    await open();
    running(await parts.ledger.begin(aWrite()));
    proxy.cut();
    await until('a write goes through', () =>
      parts.ledger.begin(aWrite({ idempotencyKey: 'key-2' })).then(
        ({ kind }) => kind === 'run',
        () => false,
      ),
    );
    expect(parts.database.state.status).toBe('ready');
  });

  it('keeps an end that cannot be recorded, and records it when the database is back', async () => {
    await open();
    const operation = running(await parts.ledger.begin(aWrite()));
    await proxy.set('down');
    expect(await parts.ledger.succeed(operation, CREATED)).toBe('queued');
    expect(await stateOf(operation.id)).toBe('sent');
    await parts.late.flush();
    expect(parts.late.count).toBe(1);
    await proxy.set('up');
    await ready();
    await parts.late.flush();
    expect(parts.late.count).toBe(0);
    expect(await witness.ledger.begin(aWrite())).toMatchObject({ kind: 'replay', response: CREATED });
  });

  it('makes the operation unknown by lease expiry if the process dies with its end', async () => {
    await open();
    const operation = running(await parts.ledger.begin(aWrite()));
    await proxy.set('down');
    expect(await parts.ledger.succeed(operation, CREATED)).toBe('queued');
    await witness.endLeases();
    await witness.recovery.sweep();
    expect(await witness.ledger.begin(aWrite())).toMatchObject({
      kind: 'unknown',
      operation: { id: operation.id },
    });
  });

  it('frees a key that was taken by a commit whose confirmation was lost', async () => {
    await open();
    running(await parts.ledger.begin(aWrite({ idempotencyKey: 'warm-up' })));
    await proxy.set('deaf');
    const started = parts.ledger.begin(aWrite());
    const taken = async () =>
      (await witness.queries.list({ tenant: 'demo', limit: 10 })).items.find(
        ({ idempotencyKey }) => idempotencyKey === 'key-1',
      );
    await until('the claim is committed', async () => (await taken()) !== undefined);
    proxy.cut();
    await expect(started).rejects.toThrow(LedgerUnavailableError);
    expect((await taken())?.state).toBe('sent');
    await proxy.set('up');
    await until('the key is free', async () => {
      if (parts.database.state.status === 'ready') await parts.late.flush();
      return (await taken())?.state === 'released';
    });
    running(await parts.ledger.begin(aWrite()));
  });

  it('records an end once whose confirmation was lost', async () => {
    await open();
    const operation = running(await parts.ledger.begin(aWrite()));
    await proxy.set('deaf');
    const recorded = parts.ledger.succeed(operation, CREATED);
    await until('the end is committed', async () => (await stateOf(operation.id)) === 'succeeded');
    proxy.cut();
    expect(await recorded).toBe('queued');
    await proxy.set('up');
    await until('nothing is late', async () => {
      if (parts.database.state.status === 'ready') await parts.late.flush();
      return parts.late.count === 0;
    });
    expect(await witness.queries.find('demo', operation.id)).toMatchObject({
      state: 'succeeded',
      evidence: [],
    });
  });

  it('times out on a silent server, and replaces its dead connections', async () => {
    await open();
    running(await parts.ledger.begin(aWrite()));
    await proxy.set('hung');
    await expect(parts.ledger.begin(aWrite({ idempotencyKey: 'key-2' }))).rejects.toThrow(
      LedgerUnavailableError,
    );
    await down();
    await proxy.set('up');
    await ready();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => parts.ledger.begin(aWrite({ idempotencyKey: `key-${i + 10}` }))),
    );
    expect(results.every(({ kind }) => kind === 'run')).toBe(true);
  });

  it.each([
    ['a full disk', '53100'],
    ['a read-only server', '25006'],
  ])('refuses writes on %s, keeps unrecorded ends, and keeps reading', async (_, code) => {
    await open();
    const operation = running(await parts.ledger.begin(aWrite()));
    await schema.query(`create or replace function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused' using errcode = '${code}'; end $$`);
    await schema.query(
      'create trigger refuse before insert or update on operations execute function refuse()',
    );
    expect(await problemOf(parts.ledger.begin(aWrite({ idempotencyKey: 'key-2' })))).toMatchObject(REFUSAL);
    expect(await parts.ledger.succeed(operation, CREATED)).toBe('queued');
    expect(await parts.queries.find('demo', operation.id)).toMatchObject({ state: 'sent' });
    await schema.query('drop trigger refuse on operations');
    await parts.late.flush();
    expect(await parts.ledger.begin(aWrite())).toMatchObject({ kind: 'replay', response: CREATED });
  });

  it('starts on a read-only server whose schema is current', async () => {
    await open();
    const readOnly = await LedgerParts.open(
      new PostgresSource(schema.url({}, '-c default_transaction_read_only=on')),
    );
    expect(readOnly.database.state).toMatchObject({ status: 'degraded', trouble: 'read_only' });
    expect((await readOnly.queries.list({ tenant: 'demo', limit: 1 })).items).toEqual([]);
    expect(await problemOf(readOnly.ledger.begin(aWrite()))).toMatchObject(REFUSAL);
    await readOnly.close();
  });

  it('stops the start if the server refuses the login permanently', async () => {
    await open();
    const start = LedgerParts.open(new PostgresSource(schema.url({ pathname: '/no_such_database' })));
    await expect(start).rejects.toMatchObject({
      name: 'StartRefusedError',
      message: expect.stringContaining('has no database "no_such_database"'),
    });
  });
});
