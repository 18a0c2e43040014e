import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secrets/secret.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { MemoryState } from '../../src/store/state/memory.state.js';
import { RedisLink } from '../../src/store/state/redis.link.js';
import type { Quota } from '../../src/store/state/quota.js';
import { RedisScript } from '../../src/store/state/redis.script.js';
import type { SharedState } from '../../src/store/state/shared.state.js';
import { RedisState, TAKE_LUA, takingOf } from '../../src/store/state/redis.state.js';
import { OutageProxy } from '../ledger/support/outage.proxy.js';
import { until } from '../support/until.js';
import { OwnRedis } from '../upstreams/budget/support/own.redis.js';
import { startGateway } from '../support/gateway.js';

const { hostname, port } = new URL(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
const REDIS_URL = `redis://${hostname}:${port || 6379}`;

/** A machine that is busy with other tests responds late; what happens after a silence has a test of its own. */
const PATIENCE_MS = 2_000;

describe('state that replicas share through Redis', () => {
  const links: RedisLink[] = [];
  let counter: string;

  beforeEach(() => {
    counter = randomUUID();
  });

  afterEach(() => {
    for (const link of links.splice(0)) link.close();
  });

  /** One replica's view, connected. */
  async function replica(url = REDIS_URL): Promise<RedisState> {
    const clock = new Clock();
    const link = new RedisLink(new Secret(url), clock, PATIENCE_MS);
    links.push(link);
    await link.firstConnection();
    expect(await link.ask('', (redis) => redis.ping())).toBe('PONG');
    return new RedisState(link, new MemoryState(clock));
  }

  /** Requests taken in a window, the one just taken included. */
  const hitsOf = async (state: SharedState, windowMs = 60_000) => {
    const quota = { name: 'test', requests: 1_000_000, windowMs, burst: 0 };
    const { states } = await state.take(counter, 'a', [quota]);
    return quota.requests - states[0]!.remaining;
  };

  it('counts the hits of all, once each', async () => {
    const [one, other] = await Promise.all([replica(), replica()]);
    const hits = Array.from({ length: 200 }, (_, at) => hitsOf(at % 2 === 0 ? one : other));
    expect((await Promise.all(hits)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, at) => at + 1),
    );
  });

  it('does not take its own blocked event loop for an outage of Redis', async () => {
    const [state, other] = await Promise.all([replica(), replica()]);
    const hits = Array.from({ length: 50 }, () => hitsOf(state));
    const end = performance.now() + 1.2 * PATIENCE_MS;
    while (performance.now() < end);
    expect(await Promise.all(hits)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
    expect(await hitsOf(state)).toBe(51);
    expect(await hitsOf(other)).toBe(52);
  });

  it.each([
    ['&tollgate:*', 'resetkeys', 'refuses the user the keys of Tollgate'],
    ['~tollgate:*', 'resetchannels', 'refuses the user the channels of Tollgate'],
    ['~tollgate:*', 'allchannels', undefined],
  ])('starts only with a user that may use its keys and channels: %s %s', async (rights, reset, reason) => {
    const admin = new RedisLink(new Secret(REDIS_URL), new Clock(), PATIENCE_MS);
    links.push(admin);
    await admin.firstConnection();
    const user = `test-${counter}`;
    await admin.ask('', (redis) => redis.acl('SETUSER', user, 'on', '>word', '+@all', reset, rights));
    const link = new RedisLink(new Secret(REDIS_URL.replace('//', `//${user}:word@`)), new Clock());
    links.push(link);
    try {
      if (reason === undefined) await link.firstConnection();
      else await expect(link.firstConnection()).rejects.toThrow(reason);
    } finally {
      await admin.ask('', (redis) => redis.acl('DELUSER', user));
    }
  });

  it('begins anew when the window has ended', async () => {
    const state = await replica();
    expect(await hitsOf(state, 200)).toBe(1);
    await until('the window has ended', async () => (await hitsOf(state, 200)) === 1);
  });

  it('takes of all quotas of a key or of none, in one slot of a cluster', async () => {
    const state = await replica();
    const wide = { name: 'wide', requests: 5, windowMs: 60_000, burst: 1 };
    const tight = { name: 'tight', requests: 1, windowMs: 30_000, burst: 0 };
    const remaining = async (quotas: readonly Quota[], units?: number) => {
      const { isAdmitted, states } = await state.take(counter, 'a}b', quotas, units);
      return [isAdmitted, ...states.map((each) => each.remaining)];
    };
    expect(await remaining([wide, tight])).toEqual([true, 5, 0]);
    expect(await remaining([wide, tight])).toEqual([false, 5, 0]);
    expect(await remaining([wide], 0)).toEqual([true, 5]);
    expect(await remaining([wide])).toEqual([true, 4]);
    const keys = await links[0]!.ask('', (redis) => redis.keys(`*${counter}*`));
    expect(keys?.toSorted()).toEqual(
      ['tight', 'wide'].map((name) => `tollgate:quota:{${counter}:a}b}:${name}`),
    );
    const left = await links[0]!.ask('', (redis) => redis.pttl(`tollgate:quota:{${counter}:a}b}:tight`));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(30_000);
  });

  it('counts as the state in this process does, independent of the time that passes', async () => {
    await replica();
    const quotas = fc.array(
      fc.record({
        requests: fc.integer({ min: 1, max: 5 }),
        windowMs: fc.constantFrom(10, 25, 1_000),
        burst: fc.nat({ max: 4 }),
      }),
      { minLength: 1, maxLength: 2 },
    );
    // Backwards too: the clock of a server can be set.
    const steps = fc.array(
      fc.record({ afterMs: fc.integer({ min: -20, max: 60 }), units: fc.nat({ max: 2 }) }),
      { maxLength: 40 },
    );
    // The clock is the last argument, and what is kept does not expire by the real one.
    const script = new RedisScript(
      TAKE_LUA.replace("redis.call('TIME')", '{ 0, ARGV[#ARGV] * 1000 }').replace(
        "'PX', string.format('%.0f', left)",
        "'PX', 60000",
      ),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(quotas, steps, async (limits, each) => {
        run += 1;
        const clock = { ms: 1_000_000, now: () => new Date(0), monotonicMs: () => clock.ms };
        const memory = new MemoryState(clock);
        const keys = limits.map((_, at) => `${counter}:${run}:${at}`);
        const named = limits.map((limit, at) => ({ ...limit, name: String(at) }));
        for (const { afterMs, units } of each) {
          clock.ms += afterMs;
          const taking = memory.take('test', 'a', named, units);
          const args = limits.flatMap(({ requests, windowMs, burst }) => [requests, windowMs, burst]);
          const result = await links[0]!.ask('', (redis) =>
            script.run(redis, keys, [units, ...args, clock.ms]),
          );
          expect(takingOf(result as number[], named)).toEqual(taking);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('counts here while Redis is away or silent, and together again afterwards', async () => {
    const proxy = await OutageProxy.start(hostname, Number(port || 6379));
    const [shared, cut] = await Promise.all([replica(), replica(`redis://127.0.0.1:${proxy.port}`)]);
    const isSharing = async () => {
      const before = await hitsOf(shared);
      await hitsOf(cut);
      return (await hitsOf(shared)) === before + 2;
    };
    expect(await isSharing()).toBe(true);
    for (const mode of ['down', 'deaf'] as const) {
      await proxy.set(mode);
      await until('it counts here', async () => !(await isSharing()));
      await proxy.set('up');
      await until('it counts there', isSharing);
    }
    await proxy.close();
  });

  it.each([
    [
      'is a replica',
      (redis: Redis) => redis.replicaof('127.0.0.1', 1),
      (redis: Redis) => redis.replicaof('NO', 'ONE'),
    ],
    [
      'has no memory left',
      (redis: Redis) => redis.config('SET', 'maxmemory', 1),
      (redis: Redis) => redis.config('SET', 'maxmemory', 0),
    ],
  ])('counts here, and logs it once, while Redis %s and replies to reads', async (reason, refuse, accept) => {
    const redis = await OwnRedis.start();
    const lines: string[] = [];
    const note = (line: string) => void lines.push(line);
    const clock = { ms: 0, now: () => new Date(), monotonicMs: () => clock.ms };
    const link = new RedisLink(new Secret(redis.url), clock, PATIENCE_MS);
    links.push(link);
    const state = new RedisState(link, new MemoryState(clock));
    const quota = { name: 'test', requests: 10, windowMs: 1_000_000, burst: 0 };
    const used = async (units: number, key = 'a') => {
      const { states } = await state.take('test', key, [quota], units);
      return quota.requests - states[0]!.remaining;
    };
    try {
      await link.firstConnection();
      expect(await used(10, 'full')).toBe(10);
      expect(await used(7)).toBe(7);
      await redis.run(async (connection) => refuse(connection));
      Logger.overrideLogger({ log: note, warn: note, error: note });
      for (let second = 0; second < 10; second += 1) {
        clock.ms += 1_001;
        // Reads, and what is refused, write nothing.
        expect([await used(0), await used(1, 'full'), await used(1)]).toEqual([
          second,
          second + 1,
          second + 1,
        ]);
      }
      expect(lines).toEqual([expect.stringContaining(reason)]);
      await redis.run(async (connection) => accept(connection));
      await until('it counts there', async () => {
        clock.ms += 1_001;
        return (await used(0)) === 7;
      });
      expect([await used(1, 'full'), await used(1)]).toEqual([10, 8]);
      clock.ms += 5_000;
      await used(0);
      expect(lines.slice(1)).toEqual([
        expect.stringMatching(/responds again after \d+ s; the requests of callers are counted over all/),
      ]);
    } finally {
      Logger.overrideLogger(false);
      await redis.kill();
    }
  });

  it('finds the new primary after a failover that left the connection to the old one open', async () => {
    const [old, primary] = await Promise.all([OwnRedis.start(), OwnRedis.start()]);
    const proxy = await OutageProxy.start('127.0.0.1', old.port);
    const clock = { ms: 0, now: () => new Date(), monotonicMs: () => clock.ms };
    const link = new RedisLink(new Secret(`redis://127.0.0.1:${proxy.port}`), clock, PATIENCE_MS);
    links.push(link);
    const state = new RedisState(link, new MemoryState(clock));
    const shared = await replica(primary.url);
    try {
      await link.firstConnection();
      expect(await hitsOf(state)).toBe(1);
      await old.run((redis) => redis.replicaof('127.0.0.1', primary.port));
      proxy.redirect('127.0.0.1', primary.port);
      await until('it counts with the others', async () => {
        clock.ms += 1_001;
        const before = await hitsOf(shared);
        await hitsOf(state);
        return (await hitsOf(shared)) === before + 2;
      });
    } finally {
      await Promise.all([proxy.close(), old.kill(), primary.kill()]);
    }
  });

  it('keeps a caller to one limit over two gateways', async () => {
    const limited = (demo: Settings): Settings => ({
      ...demo,
      callers: demo.callers.map((caller) => ({
        ...caller,
        name: `${caller.name}-${counter}`,
        limit: { requests: 4, perSeconds: 1 },
      })),
    });
    const options = { env: { REDIS_URL }, settings: limited };
    const gateways = await Promise.all([startGateway(options), startGateway(options)]);
    try {
      // Round after round: a round may meet the end of a window, or a moment in which each counts for itself.
      await until('six calls meet one limit', async () => {
        const statuses: number[] = [];
        for (let at = 0; at < 6; at += 1) {
          statuses.push((await gateways[at % 2]!.call('GET', '/v1/token-names')).status);
        }
        return statuses.join() === '200,200,200,200,429,429';
      });
    } finally {
      await Promise.all(gateways.map((gateway) => gateway.close()));
    }
  });
});
