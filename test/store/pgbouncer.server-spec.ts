import { sql } from 'kysely';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secrets/secret.js';
import { UserFences } from '../../src/ledger/fence/user.fences.js';
import { type Lane, PostgresSource } from '../../src/store/database/database.source.js';
import { PostgresServer } from '../chaos/processes/postgres.server.js';
import { startGateway } from '../support/gateway.js';
import { QUICK_EVIDENCE } from '../support/quick.evidence.js';
import { aWrite, CREATED, LedgerParts, running } from '../ledger/support/ledger.parts.js';
import { PgBouncer } from '../ledger/support/pgbouncer.js';
import { until } from '../support/until.js';

/** Fewer than the connections of the gateway, so that its transactions change sessions. */
const SESSIONS = 2;

const IGNORED =
  'statement_timeout, idle_in_transaction_session_timeout, lock_timeout, options, extra_float_digits';

interface Settings {
  readonly statement_timeout: string;
  readonly synchronous_commit: string;
  readonly idle: string;
}

const SETTINGS_TEXT = `select current_setting('statement_timeout') as statement_timeout,
  current_setting('synchronous_commit') as synchronous_commit,
  current_setting('idle_in_transaction_session_timeout') as idle`;

const SETTINGS = sql.raw<Settings>(SETTINGS_TEXT);

describe.each([
  ['that refuses startup parameters', 'refusing', {}],
  ['that ignores startup parameters', 'ignoring', { ignore_startup_parameters: IGNORED }],
])('behind a PgBouncer in transaction mode %s', (_, database, settings) => {
  let folder: string;
  let server: PostgresServer;
  let bouncer: PgBouncer;
  let parts: LedgerParts;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-pgbouncer-'));
    // Both run as another user and need access to the folder.
    chmodSync(folder, 0o711);
    // The durability of a commit must not come from the settings of the server.
    server = await PostgresServer.create(join(folder, 'postgres'), {
      settings: { synchronous_commit: 'off' },
    });
    await server.admin(`create database ${database}`);
    bouncer = await PgBouncer.start(join(folder, 'pgbouncer'), {
      port: server.port,
      sessions: SESSIONS,
      settings,
    });
    parts = await LedgerParts.open(new PostgresSource(new Secret(bouncer.urlOf(database))));
  });

  afterAll(async () => {
    await parts?.close();
    await bouncer?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** On a direct connection to the server, past the pooler. */
  async function direct<Row extends object>(text: string): Promise<Row[]> {
    const client = new Client({
      connectionString: `postgres://postgres@127.0.0.1:${server.port}/${database}`,
    });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  it('starts, writes, and reconciles an unknown outcome in the background', async () => {
    await server.admin(`create database ${database}_gateway`);
    const gateway = await startGateway({
      env: { DATABASE_URL: bouncer.urlOf(`${database}_gateway`) },
      probeTimes: QUICK_EVIDENCE,
    });
    try {
      expect((await gateway.call('GET', '/health/ready', { key: null })).body).toEqual({ status: 'up' });
      const path = '/v1/users/938029/entitlements/1337';
      expect((await gateway.call('PUT', path, { idempotencyKey: 'first' })).status).toBe(200);
      await gateway.spid.fault('product_revoke', 'reset-after');
      const lost = await gateway.call('DELETE', path, { idempotencyKey: 'lost' });
      expect([lost.status, lost.body.outcome]).toEqual([504, 'unknown']);
      await until('evidence has decided', async () => {
        const { body } = await gateway.call('GET', lost.body.operation);
        return body.state === 'succeeded' && body.resolution.basis === 'evidence';
      });
      expect((await gateway.call('GET', '/v1/operations')).body.items).toHaveLength(2);
    } finally {
      await gateway.close();
    }
  });

  it('executes more concurrent writes than the pooler has sessions', async () => {
    await parts.clear();
    const keys = Array.from({ length: 60 }, (_, i) => `key-${i}`);
    await Promise.all(
      keys.map(async (idempotencyKey) => {
        const operation = running(await parts.ledger.begin(aWrite({ idempotencyKey })));
        expect(await parts.ledger.succeed(operation, CREATED)).toBe('recorded');
      }),
    );
    const repeats = await Promise.all(
      keys.map((idempotencyKey) => parts.ledger.begin(aWrite({ idempotencyKey }))),
    );
    expect(repeats.every(({ kind }) => kind === 'replay')).toBe(true);
  });

  it('commits every step of a write synchronously and with a time limit', async () => {
    await parts.clear();
    await direct('create table seen (step text, synchronous_commit text, statement_timeout text)');
    await direct(`create function see() returns trigger language plpgsql as $$ begin
      insert into seen values (new.state, current_setting('synchronous_commit'), current_setting('statement_timeout'));
      return new; end $$`);
    await direct(
      'create trigger see after insert or update on operations for each row execute function see()',
    );
    const operation = running(
      await parts.ledger.begin(aWrite({ account: 'a', exclusiveKey: 'user 42', prepared: true })),
    );
    await parts.ledger.send(operation, { granted: false });
    await parts.ledger.succeed(operation, CREATED);
    const steps = await direct<{ step: string }>('select * from seen');
    await direct('drop trigger see on operations');
    expect(steps.map(({ step }) => step)).toEqual(['claimed', 'sent', 'succeeded']);
    for (const step of steps)
      expect(step).toMatchObject({ synchronous_commit: 'on', statement_timeout: '5s' });
  });

  it.each<[Lane, string]>([
    ['writes', '5s'],
    ['reads', '2s'],
    ['fences', '250ms'],
    ['background', '10s'],
  ])('sets the time limit of %s in every transaction: %s', async (lane, statement_timeout) => {
    const expected = { statement_timeout, synchronous_commit: 'on', idle: '10s' };
    const seen = await Promise.all(
      Array.from({ length: 20 }, () => parts.database.run((db) => SETTINGS.execute(db), lane)),
    );
    expect(seen.map(({ rows }) => rows[0])).toEqual(Array.from(seen, () => expected));
    const inside = await parts.database.run(
      (db) =>
        db.transaction().execute(async (transaction) => {
          await sql`select 1`.execute(transaction);
          return SETTINGS.execute(transaction);
        }),
      lane,
    );
    expect(inside.rows).toEqual([expected]);
  });

  it('reads fences, whichever session serves them', async () => {
    await parts.clear();
    const fences = new UserFences(parts.database, new Clock(), 600_000);
    const subject = { userId: '42', productId: '1337' };
    const write = aWrite({ kind: 'entitlement_grant', account: 'spid:a', subject });
    const operation = running(await parts.ledger.begin(write));
    const open = await fences.read('spid:a', '42');
    await parts.ledger.succeed(operation, CREATED);
    const ended = await fences.read('spid:a', '42');
    expect([open.isOpen, ended.isOpen]).toEqual([true, false]);
    expect(ended.revision).not.toBe(open.revision);
  });

  it('has the server cancel a statement that takes too long', async () => {
    const slow = parts.database.run((db) => sql`select pg_sleep(60)`.execute(db), 'reads');
    await expect(slow).rejects.toMatchObject({ name: 'DatabaseUnavailableError', cause: { code: '57014' } });
    expect(
      await direct(`select query from pg_stat_activity where state = 'active' and query like '%pg_sleep(60)%'
      and pid <> pg_backend_pid()`),
    ).toEqual([]);
  });

  it('rolls back to a usable session after a failure inside a transaction', async () => {
    const failed = parts.database.run((db) =>
      db.transaction().execute(async (transaction) => {
        await sql`create table half (id integer)`.execute(transaction);
        await sql`select nonsense`.execute(transaction);
      }),
    );
    await expect(failed).rejects.toMatchObject({ code: '42703' });
    expect(await direct(`select to_regclass('half') as half`)).toEqual([{ half: null }]);
    const after = await Promise.all(
      Array.from({ length: 20 }, () => parts.database.run((db) => SETTINGS.execute(db))),
    );
    expect(after.map(({ rows }) => rows[0]?.statement_timeout)).toEqual(Array(20).fill('5s'));
  });

  it('has the server end a session that idles inside a transaction', async () => {
    const idle = `select count(*)::int as idle from pg_stat_activity where state = 'idle in transaction'`;
    const count = async () => (await direct<{ idle: number }>(idle))[0]?.idle;
    const abandoned = parts.database.run((db) =>
      db.transaction().execute(async (transaction) => {
        await sql`select 1`.execute(transaction);
        expect(await count()).toBe(1);
        await until('the server has ended it', async () => (await count()) === 0);
        await sql`select 1`.execute(transaction);
      }),
    );
    await expect(abandoned).rejects.toThrow('the database cannot be used');
  });

  it('leaves no setting on the shared sessions', async () => {
    await parts.database.run((db) => sql`select 1`.execute(db));
    const others = Array.from(
      { length: 2 * SESSIONS },
      () => new Client({ connectionString: bouncer.urlOf(database) }),
    );
    try {
      await Promise.all(others.map((client) => client.connect()));
      const seen = await Promise.all(others.map((client) => client.query<Settings>(SETTINGS_TEXT)));
      expect(seen.map(({ rows }) => rows[0])).toEqual(
        Array.from(seen, () => ({ statement_timeout: '0', synchronous_commit: 'off', idle: '0' })),
      );
    } finally {
      await Promise.all(others.map((client) => client.end()));
    }
  });
});
