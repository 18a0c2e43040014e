import { randomUUID } from 'node:crypto';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secret.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { MemoryState } from '../../src/store/state/memory.state.js';
import { RedisLink } from '../../src/store/state/redis.link.js';
import { RedisState } from '../../src/store/state/redis.state.js';
import { OutageProxy } from '../ledger/support/outage.proxy.js';
import { until } from '../support/until.js';
import { startGateway } from '../support/gateway.js';

const { hostname, port } = new URL(process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379');
const REDIS_URL = `redis://${hostname}:${port || 6379}`;

/** A machine that is busy with other tests answers late; what happens after a silence has a test of its own. */
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
    expect(await link.ask((redis) => redis.ping())).toBe('PONG');
    return new RedisState(link, new MemoryState(clock));
  }

  const hitsOf = async (state: RedisState, windowMs = 60_000) =>
    (await state.hit(counter, 'a', windowMs)).hits;

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

  it('begins anew when the window has ended', async () => {
    const state = await replica();
    const first = await state.hit(counter, 'a', 200);
    expect(first.msLeft).toBeLessThanOrEqual(200);
    await until('the window has ended', async () => (await hitsOf(state, 200)) === 1);
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
