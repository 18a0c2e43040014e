import { createHash, randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { Settings } from '../../../src/config/settings/settings.js';
import { PostgresSchema } from '../../ledger/support/postgres.schema.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { until } from '../../support/until.js';

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const REPLICAS = 4;
const REQUESTS = 1_000;
const LIMIT = 100;
/** A machine without time for Redis makes replicas count for themselves, as it should; such a round shows nothing. */
const ROUNDS_MAX = 5;

describe('the limit of a caller over replicas', () => {
  let schema: PostgresSchema;
  const keys = Array.from({ length: ROUNDS_MAX }, () => `tg_${randomUUID()}`);
  const gateways: TestGateway[] = [];
  let log = '';

  const withCallers = ({ callers: [full], ...demo }: Settings): Settings => ({
    ...demo,
    callers: keys.map((key) => ({
      ...full!,
      name: key.toLowerCase(),
      keys: [{ sha256: createHash('sha256').update(key).digest() }],
      limit: { requests: LIMIT, perSeconds: 60 },
    })),
  });

  beforeAll(async () => {
    const sink = new Writable({
      write(line, _encoding, done) {
        log += String(line);
        done();
      },
    });
    schema = await PostgresSchema.create();
    const env = { REDIS_URL, DATABASE_URL: schema.url().reveal() };
    for (let at = 0; at < REPLICAS; at += 1) {
      gateways.push(await startGateway({ env, settings: withCallers, log: sink }));
    }
  });

  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await schema.drop();
  });

  it(`lets exactly ${LIMIT} of ${REQUESTS} concurrent requests succeed on ${REPLICAS} gateways`, async () => {
    for (const key of keys) {
      log = '';
      const responses = await Promise.all(
        Array.from({ length: REQUESTS }, (_, at) =>
          gateways[at % REPLICAS]!.call('GET', '/health/upstreams', { key }),
        ),
      );
      if (log.includes('Until it is back')) {
        // An outage is logged once, and ends with a reply when none was late for 5 s.
        await until('Redis is in use again', async () => {
          await Promise.all(gateways.map((each) => each.call('GET', '/health/upstreams', { key: keys[0]! })));
          return log.includes('responds again');
        });
        continue;
      }
      const count = (status: number) => responses.filter((response) => response.status === status).length;
      expect({ ok: count(200), refused: count(429) }).toEqual({ ok: LIMIT, refused: REQUESTS - LIMIT });
      const seconds = new Set(
        responses.filter(({ status }) => status === 429).map(({ body }) => body.retryAfterSeconds),
      );
      for (const each of seconds) expect(each > 0 && each <= 60).toBe(true);
      return;
    }
    throw new Error(`Redis was away in each of ${ROUNDS_MAX} rounds`);
  });
});
