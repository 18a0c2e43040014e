import { performance } from 'node:perf_hooks';
import { PostgresSchema } from '../../ledger/support/postgres.schema.js';
import { until } from '../../support/until.js';
import { containerOf, errorContainer, give, ScriptedSpid } from '../spid.setup.js';
import { ACCESS, BudgetWorld, statuses, times, working } from '../support/budget.world.js';

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

describe('the budget of an account over two gateways', () => {
  let schema: PostgresSchema;
  let vendor: ScriptedSpid;
  let worlds: readonly [BudgetWorld, BudgetWorld];

  beforeEach(async () => {
    schema = await PostgresSchema.create();
    vendor = new ScriptedSpid();
    working(vendor);
    worlds = [new BudgetWorld(), new BudgetWorld()];
  });

  afterEach(async () => {
    await Promise.all(worlds.map((world) => world.close()));
    await vendor.upstream.close();
    await schema.drop();
  });

  async function start(spid: Parameters<BudgetWorld['start']>[0] = {}): Promise<void> {
    const env = { REDIS_URL, DATABASE_URL: schema.url().reveal() };
    const baseUrl = await vendor.upstream.start();
    for (const world of worlds) {
      await world.start({ env, spid: { baseUrl, ...spid.spid } });
      await world.check();
    }
  }

  it('without a rate: what throttles one stops both', async () => {
    await start();
    const body = errorContainer(420, 'Request Ratelimit exceeded');
    vendor.respond(420, { ...body, request: { reset: 300, limit: 3_600, remaining: 0 } });
    await worlds[0].check();
    await until('the other gateway has heard of it', async () => {
      const before = vendor.apiCalls.length;
      const { status } = await worlds[1].check();
      return status === 503 && vendor.apiCalls.length === before;
    });
    const before = vendor.apiCalls.length;
    const responses = await Promise.all(times(40, (index) => worlds[index % 2 ? 0 : 1].check()));
    expect(statuses(responses)).toEqual({ 503: 40 });
    expect(vendor.apiCalls.length).toBe(before);
  });

  it('without a rate: a vendor that hangs gets one probe at a time, and both recover', async () => {
    await start({ spid: { timeouts: { attemptMs: 300, totalMs: 1_000 } } });
    vendor.script(() => undefined);
    const isOpen = async (world: BudgetWorld) =>
      /failed repeatedly/.test(String((await world.check()).body.detail));
    for (const world of worlds) await until('the breaker is open', () => isOpen(world));
    const before = vendor.apiCalls.length;
    const startedAt = performance.now();
    await until('some time has passed', async () => {
      await Promise.all(worlds.map((world) => world.check()));
      return performance.now() - startedAt > 3_000;
    });
    // A probe a second, each over before the next.
    expect(vendor.apiCalls.length - before).toBeLessThanOrEqual((performance.now() - startedAt) / 1_000 + 2);
    working(vendor);
    for (const world of worlds) {
      await until('calls go on', async () => (await world.check()).status === 200);
    }
  });

  it('with a rate: no window at the vendor has more calls, from both together', async () => {
    const arrivals: number[] = [];
    await start({ spid: { budget: { requests: 10, perSeconds: 1 } } });
    vendor.script((_, response) => {
      arrivals.push(performance.now());
      give(response, 200, containerOf(ACCESS));
    });
    const responses = await Promise.all(times(80, (index) => worlds[index % 2 ? 0 : 1].check()));
    const { 200: served = 0, 503: refused = 0 } = statuses(responses);
    expect(served + refused).toBe(80);
    // Calls wait for later windows; how many fit into the time of a request depends on the machine.
    expect(served).toBeGreaterThan(20);
    expect(arrivals).toHaveLength(served);
    const most = Math.max(
      ...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1_000).length),
    );
    expect(most).toBeLessThanOrEqual(10);
  });
});
