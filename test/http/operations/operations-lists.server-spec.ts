import { sql } from 'kysely';
import { Client } from 'pg';
import { DATABASE_LIMITS } from '../../../src/config/environment/database.limits.js';
import { Database } from '../../../src/store/database/database.js';
import { type Connections, PostgresSource } from '../../../src/store/database/database.source.js';
import { fillLedger } from '../../ledger/support/large.ledger.js';
import { LedgerParts } from '../../ledger/support/ledger.parts.js';
import { PostgresSchema } from '../../ledger/support/postgres.schema.js';
import { until } from '../../support/until.js';
import { type CallResponse, startGateway, type TestGateway } from '../../support/gateway.js';

/** Longer than the 2 s limit for a connection. */
const READ_TIMEOUT_MS = 3_000;
const LISTS = 20;
const ROWS = 100_000;

describe('lists of operations on a large ledger', () => {
  let schema: PostgresSchema;
  let gateway: TestGateway;
  let database: Database;

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    gateway = await startGateway({
      env: {
        DATABASE_URL: schema.url().reveal(),
        DATABASE_READ_CONNECTIONS: '2',
        DATABASE_READ_TIMEOUT_MS: String(READ_TIMEOUT_MS),
      },
    });
    database = gateway.app.get(Database);
    await until(
      'the gateway is ready',
      async () => (await gateway.call('GET', '/health/ready')).status === 200,
    );
    await fillLedger(
      (text) => schema.query(text),
      `insert into operations (id, claim, tenant, caller, kind, fingerprint, state, request, owner, created_at, sent_at)
       select (lpad(to_hex(1767225600000 + i * 1000), 12, '0') || '7000' || '8000' || lpad(to_hex(i), 12, '0'))::uuid,
         gen_random_uuid(), 'demo', 'full-access', 'voucher_handout', 'f', 'succeeded', '{}', 'x', now(), now()
       from generate_series(1, ${ROWS}) as i`,
    );
  });

  afterAll(async () => {
    await gateway?.close();
    await schema?.drop();
  });

  const hand = (key: string) =>
    gateway.call('POST', '/v1/voucher-handouts', {
      idempotencyKey: key,
      body: { userId: '42', voucherGroupId: '324673248' },
    });
  const list = () => gateway.call('GET', '/v1/operations?kind=token_import&state=failed');

  /** Holds a read connection, like a list that the server does not finish, until it is cancelled. */
  const hang = () => database.run((db) => sql`select pg_sleep(60)`.execute(db), 'reads');

  const sleeping = async () => {
    const [row] = await schema.query(
      `select count(*)::int as number from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'
         and datname = current_database()`,
    );
    return row.number as number;
  };

  it('do not delay writes while many of them run at once', async () => {
    const lists = Array.from({ length: LISTS }, () =>
      gateway.call('GET', '/v1/operations?kind=voucher_handout&limit=100'),
    );
    const writes = await Promise.all(Array.from({ length: 10 }, (_, i) => hand(`beside-${i}`)));
    expect(writes.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    const statuses = (await Promise.all(lists)).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: LISTS }, () => 200));
  });

  const expectRefused = ({ status, headers, body }: CallResponse): void => {
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(body).toMatchObject({
      type: expect.stringMatching(/ledger-unavailable$/),
      detail: 'Operations cannot be read at the moment.',
    });
  };

  it('return 503 with Retry-After while hanging lists hold all read connections, without an effect on writes', async () => {
    const hanging = [hang(), hang()].map((each) => each.catch((error: unknown) => error));
    await until('they have all connections of lists', async () => (await sleeping()) === 2);
    const lists = Array.from({ length: 15 }, list);
    const writes = await Promise.all(Array.from({ length: 10 }, (_, i) => hand(`hanging-${i}`)));
    expect(writes.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    for (const refused of await Promise.all(lists)) expectRefused(refused);
    for (const error of await Promise.all(hanging))
      expect(error).toMatchObject({ name: 'DatabaseUnavailableError' });
    expect(database.state).toMatchObject({ status: 'ready', trouble: null });
    expect((await list()).status).toBe(200);
  });

  it('return 503 with Retry-After when they exceed their time limit', async () => {
    const other = new Client({ connectionString: schema.url().reveal() });
    await other.connect();
    try {
      await other.query('begin; lock table operations in access exclusive mode');
      expectRefused(await list());
    } finally {
      await other.end();
    }
    await until('lists are read again', async () => (await list()).status === 200);
  });
});

describe('reads that find no free connection', () => {
  class CountedSource extends PostgresSource {
    connects = 0;

    override connect(): Promise<Connections> {
      this.connects += 1;
      return super.connect();
    }
  }

  it('are refused after a timeout, without new connections', async () => {
    const schema = await PostgresSchema.create();
    const limits = { ...DATABASE_LIMITS, readConnections: 1, readTimeoutMs: 4_000 };
    const source = new CountedSource(schema.url(), limits);
    const parts = await LedgerParts.open(source);
    try {
      const first = parts.database.run((db) => sql`select pg_sleep(3)`.execute(db), 'reads');
      const second = parts.queries.list({ tenant: 'demo', limit: 10 });
      await expect(second).rejects.toMatchObject({
        name: 'LedgerUnreadableError',
        cause: { message: expect.stringContaining('all 1 connections of this kind of work are in use') },
      });
      expect(source.connects).toBe(1);
      expect(parts.database.state).toMatchObject({ status: 'ready', trouble: null });
      await first;
    } finally {
      await parts.close();
      await schema.drop();
    }
  });
});
