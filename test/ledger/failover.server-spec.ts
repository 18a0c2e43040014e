import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { PostgresServer } from '../chaos/processes/postgres.server.js';
import { type CallResponse, startGateway, type TestGateway } from '../support/gateway.js';
import { OutageProxy } from './support/outage.proxy.js';
import { until } from '../support/until.js';

const READ = '/v1/users/42/entitlements/1337';
/** Leaves CPU time to the servers. */
const CALL_PAUSE_MS = 20;
const METRIC = 'tollgate_degraded';

describe('a gateway whose PostgreSQL responds and cannot be used', () => {
  let folder: string;
  let server: PostgresServer;
  let gateway: TestGateway;
  let database: string;
  let writes = 0;
  let databases = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-failover-'));
    // PostgreSQL runs as another user and needs access to the folder.
    chmodSync(folder, 0o711);
    server = await PostgresServer.create(join(folder, 'primary'));
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A separate database and role for each test, so that it can break them. */
  beforeEach(async () => {
    database = `of_test_${(databases += 1)}`;
    await server.admin(`create role ${database} login`);
    await server.admin(`create database ${database} owner ${database}`);
  });

  afterEach(() => gateway.close());

  const urlOf = (port: number, user = database) => `postgres://${user}@127.0.0.1:${port}/${database}`;
  const start = async (url: string, env: NodeJS.ProcessEnv = {}) => {
    gateway = await startGateway({ env: { DATABASE_URL: url, ...env } });
  };
  /**
   * For a new user each time: writes with one exclusive key run one at a time, and one interrupted by an outage would
   * block the next.
   */
  const write = async () => {
    const { userId } = (await gateway.spid.control('POST', '/__users')) as { userId: string };
    const path = `/v1/users/${userId}/entitlements/1337`;
    return gateway.call('PUT', path, { idempotencyKey: `key-${(writes += 1)}` });
  };
  const ready = () => gateway.call('GET', '/health/ready', { key: null });
  /** Runs statements as the owner of the tables. */
  const owned = async (statements: string[], port = server.port): Promise<unknown[]> => {
    const client = new Client({ connectionString: urlOf(port, 'postgres') });
    await client.connect();
    try {
      const results = [];
      for (const statement of statements) results.push(...(await client.query(statement)).rows);
      return results;
    } finally {
      await client.end();
    }
  };
  const positionOf = async ({ port }: PostgresServer): Promise<bigint> => {
    const lsn = `case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end`;
    const [row] = (await owned([`select (${lsn} - '0/0')::text as position`], port)) as {
      position: string;
    }[];
    return BigInt(row?.position ?? 0);
  };
  const sessionsOn = async ({ port }: PostgresServer): Promise<number> => {
    const asked = `select count(*)::int as sessions from pg_stat_activity where usename = '${database}'`;
    const [row] = (await owned([asked], port)) as { sessions: number }[];
    return row?.sessions ?? 0;
  };

  /** Meanwhile, every write succeeds or returns the documented problem, and every read succeeds. */
  async function whileCalling<T>(work: () => Promise<T>): Promise<T> {
    const ending = new AbortController();
    const calls: CallResponse[] = [];
    const client = async (call: () => Promise<CallResponse>) => {
      while (!ending.signal.aborted) {
        calls.push(await call());
        await sleep(CALL_PAUSE_MS);
      }
    };
    const clients = Promise.all([write, write, () => gateway.call('GET', READ)].map(client));
    try {
      return await work();
    } finally {
      ending.abort();
      await clients;
      const others = calls.filter(
        ({ status, body }) => status >= 300 && body?.type !== '/docs/problems/ledger-unavailable',
      );
      expect(others.map(({ status, body }) => ({ status, body }))).toEqual([]);
    }
  }

  /** On a busy machine a connection can take too long meanwhile, which is another reason for a moment. */
  async function expectDegraded(reason: string): Promise<void> {
    await until(`readiness has ${reason}`, async () => {
      const { status, body } = await ready();
      return status === 200 && body.status === 'degraded' && body.reason === reason;
    });
    let refused: CallResponse | undefined;
    await until(`writes are refused by ${reason}`, async () => {
      refused = await write();
      return refused.status === 503 && refused.body.reason === reason;
    });
    expect(refused?.body).toMatchObject({
      type: '/docs/problems/ledger-unavailable',
      outcome: 'not_executed',
      retryAfterSeconds: 5,
    });
    expect((await gateway.call('GET', READ)).status).toBe(200);
    await until(`the metric has ${reason}`, async () => {
      return (await gateway.call('GET', '/metrics')).text.includes(`${METRIC}{reason="${reason}"} 1`);
    });
  }

  async function expectRecovery(): Promise<void> {
    await until('it is up', async () => (await ready()).body.status === 'up');
    expect((await ready()).body).toEqual({ status: 'up' });
    expect((await write()).status).toBe(200);
    expect((await gateway.call('GET', '/metrics')).text).not.toMatch(/^tollgate_degraded\{.*\} 1$/m);
  }

  async function breakAndMend(broken: string[], mended: string[], reason: string): Promise<void> {
    await start(urlOf(server.port));
    await whileCalling(async () => {
      for (const statement of broken) await server.admin(statement);
      await expectDegraded(reason);
      for (const statement of mended) await server.admin(statement);
      await until('it is up', async () => (await ready()).body.status === 'up');
    });
    await expectRecovery();
  }

  it('is degraded while the server is read-only, and returns operations meanwhile', async () => {
    await start(urlOf(server.port));
    expect((await write()).status).toBe(200);
    await whileCalling(async () => {
      await server.admin('alter system set default_transaction_read_only = on');
      await server.admin('select pg_reload_conf()');
      await expectDegraded('read_only');
      const operations = await gateway.call('GET', '/v1/operations?limit=1');
      expect([operations.status, operations.body.items.length]).toEqual([200, 1]);
      await server.admin('alter system reset default_transaction_read_only');
      await server.admin('select pg_reload_conf()');
      await until('it is up', async () => (await ready()).body.status === 'up');
    });
    await expectRecovery();
  });

  it.each([
    [
      'its login withdrawn',
      'login_refused',
      () => [`alter role ${database} nologin`],
      () => [`alter role ${database} login`],
    ],
    [
      'no connection left for it',
      'out_of_resources',
      () => [`alter role ${database} connection limit 0`],
      () => [`alter role ${database} connection limit -1`],
    ],
    [
      'its database closed',
      'unreachable',
      () => [`alter database ${database} allow_connections false`],
      () => [`alter database ${database} allow_connections true`],
    ],
  ])('is degraded with %s, by %s, and recovers by itself', async (_, reason, broken, mended) => {
    await breakAndMend([...broken(), END_SESSIONS(database)], mended(), reason);
  });

  it('keeps using its connections while new ones are refused', async () => {
    await start(urlOf(server.port));
    await whileCalling(async () => {
      await server.admin(`alter role ${database} nologin`);
      await until('it is degraded', async () => (await ready()).body.reason === 'login_refused');
      await until('a write is made all the same', async () => (await write()).status === 200);
      await server.admin(`alter role ${database} login`);
    });
    await expectRecovery();
  });

  it('is degraded without the right to write, and recovers by itself', async () => {
    await start(urlOf(server.port));
    const grants = (verb: string) => [
      `${verb} insert, update on operations ${verb === 'grant' ? 'to' : 'from'} ${database}`,
    ];
    await owned(grants('revoke'));
    await whileCalling(async () => {
      await expectDegraded('permission_denied');
      await owned(grants('grant'));
    });
    await expectRecovery();
  });

  it('is degraded while its database is dropped, and creates a ledger in a new one', async () => {
    await breakAndMend(
      [`drop database ${database} with (force)`],
      [`create database ${database} owner ${database}`],
      'database_missing',
    );
  });

  it('recovers after a crash of the server', async () => {
    await start(urlOf(server.port));
    await whileCalling(async () => {
      expect((await write()).status).toBe(200);
      await server.crash();
      await expectDegraded('unreachable');
      await server.start();
      await until('it is up', async () => (await ready()).body.status === 'up');
    });
    await expectRecovery();
  });

  it('leaves a server that became read-only immediately for the one that its address now names', async () => {
    const standby = await server.standby(join(folder, `standby-of-${database}`));
    const proxy = await OutageProxy.start('127.0.0.1', server.port);
    try {
      await start(urlOf(proxy.port));
      await whileCalling(async () => {
        expect((await write()).status).toBe(200);
        // As an orchestrator does it: the old primary stops writing, the new one has everything, and is promoted.
        await server.admin('alter system set default_transaction_read_only = on');
        await server.admin('select pg_reload_conf()');
        await expectDegraded('read_only');
        await until(
          'the standby has all',
          async () => (await positionOf(standby)) >= (await positionOf(server)),
        );
        await standby.admin('select pg_promote()');
        await standby.admin('alter system set default_transaction_read_only = off');
        await standby.admin('select pg_reload_conf()');
        proxy.redirect('127.0.0.1', standby.port);
        await until('it is up', async () => (await ready()).body.status === 'up');
        expect((await write()).status).toBe(200);
      });
      await until('no session is left on the old one', async () => (await sessionsOn(server)) === 0);
      await expectRecovery();
    } finally {
      await gateway.close();
      await proxy.close();
      await standby.stop();
      await server.admin('alter system reset default_transaction_read_only');
      await server.admin('select pg_reload_conf()');
    }
  });

  it('warns at its start if standbys are attached and none is synchronous', async () => {
    const standby = await server.standby(join(folder, `standby-of-${database}`));
    const lines: string[] = [];
    const isWarned = () => lines.some((line) => line.includes('"level":"warn"') && line.includes('standby'));
    try {
      const log = { write: (line: string) => void lines.push(line) };
      gateway = await startGateway({ env: { DATABASE_URL: urlOf(server.port) }, log });
      await until('it warns', () => Promise.resolve(isWarned()));
    } finally {
      await standby.stop();
    }
  });

  it('serves reads from a standby, and writes once it is promoted', async () => {
    await start(urlOf(server.port));
    const made = (await write()).body;
    await gateway.close();
    const standby = await server.standby(join(folder, `standby-of-${database}`));
    try {
      await start(urlOf(standby.port));
      await whileCalling(async () => {
        await expectDegraded('read_only');
        const { body } = await gateway.call('GET', '/v1/operations?limit=1');
        expect(body.items).toHaveLength(1);
        await standby.admin('select pg_promote()');
        await until('it is up', async () => (await ready()).body.status === 'up');
      });
      await expectRecovery();
      expect(made.granted).toBe(true);
    } finally {
      await gateway.close();
      await standby.stop();
    }
  });

  it.each([
    ['required', 503, { status: 'down', reason: 'login_refused' }],
    ['once', 200, { status: 'degraded', reason: 'login_refused' }],
    ['ignored', 200, { status: 'degraded', reason: 'login_refused' }],
  ])('with READINESS_DATABASE=%s is ready without the database: %s', async (choice, status, body) => {
    await start(urlOf(server.port), { READINESS_DATABASE: choice });
    expect((await ready()).status).toBe(200);
    await server.admin(`alter role ${database} nologin`);
    await server.admin(END_SESSIONS(database));
    await until('it is noticed', async () => (await ready()).body.reason !== undefined);
    await until('no connection is left', async () => (await write()).status === 503);
    await until('the state has settled', async () => (await ready()).status === status);
    expect((await ready()).body).toEqual(body);
    await server.admin(`alter role ${database} login`);
  });

  it.each([
    ['once', 503, { status: 'down', reason: 'unreachable' }],
    ['required', 503, { status: 'down', reason: 'unreachable' }],
    ['ignored', 200, { status: 'degraded', reason: 'unreachable' }],
  ])('with READINESS_DATABASE=%s starts without the database: %s', async (choice, status, body) => {
    const proxy = await OutageProxy.start('127.0.0.1', server.port);
    await proxy.set('down');
    try {
      await start(urlOf(proxy.port), { READINESS_DATABASE: choice });
      const health = await ready();
      expect([health.status, health.body]).toEqual([status, body]);
      expect((await gateway.call('GET', READ)).status).toBe(200);
      await proxy.set('up');
      await expectRecovery();
    } finally {
      await gateway.close();
      await proxy.close();
    }
  });
});

const END_SESSIONS = (role: string) =>
  `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`;
