import { Redis } from 'ioredis';
import { OutageProxy } from '../ledger/support/outage.proxy.js';
import { PostgresSchema } from '../ledger/support/postgres.schema.js';
import { promiseNoLeaks } from './canary.suite.js';
import type { CanaryWorld } from './canary.world.js';
import type { Output } from './needles.js';

const REDIS = new URL(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');

describe('a gateway whose every secret is a canary, on PostgreSQL and Redis that go away', () => {
  let schema: PostgresSchema;
  let database: OutageProxy;
  let redis: OutageProxy;

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    database = await OutageProxy.start(schema.host, schema.port);
    redis = await OutageProxy.start(REDIS.hostname, Number(REDIS.port || 6379));
  });

  afterAll(async () => {
    await Promise.all([database.close(), redis.close()]);
    await schema.drop();
  });

  promiseNoLeaks({
    stores: ({ databasePassword, redisPassword }) => {
      const databaseUrl = new URL(
        schema.url({ hostname: '127.0.0.1', port: String(database.port) }).reveal(),
      );
      // The servers of the tests ask for no password and take any.
      if (databaseUrl.password === '') databaseUrl.password = databasePassword;
      const redisUrl = new URL(`redis://default@127.0.0.1:${redis.port}`);
      redisUrl.password = redisPassword;
      return { databaseUrl: databaseUrl.href, redisUrl: redisUrl.href };
    },
    outage: async (work) => {
      for (const mode of ['down', 'hung'] as const) {
        await Promise.all([database.set(mode), redis.set(mode)]);
        await work();
        await Promise.all([database.set('up'), redis.set('up')]);
        database.cut();
        redis.cut();
      }
    },
    dump: async (_world: CanaryWorld, statement) => {
      if (statement !== undefined) await schema.query(statement);
      return [...(await tables()), ...(await keys())];
    },
  });

  async function tables(): Promise<Output[]> {
    const named = await schema.query(
      `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
       where table_schema like '${schema.name}%'`,
    );
    const dumps = named.map(async ({ name }: { name: string }) => {
      const rows = await schema.query(`select t::text as row from ${name} t`);
      const text = rows.map(({ row }: { row: string }) => row).join('\n');
      return { name: `table ${name}`, bytes: Buffer.from(text) };
    });
    return Promise.all(dumps);
  }

  /** All counters are plain values; of anything else its raw form is searched. */
  async function keys(): Promise<Output[]> {
    const client = new Redis(REDIS.href);
    try {
      const names = await client.keys('*');
      expect(names.some((name) => name.startsWith('tollgate:'))).toBe(true);
      const values = names.map(async (name) => {
        const value = await client.get(name).catch(() => client.dump(name));
        return { name: `Redis ${name}`, bytes: Buffer.from(`${name} ${value}`) };
      });
      return await Promise.all(values);
    } finally {
      client.disconnect();
    }
  }
});
