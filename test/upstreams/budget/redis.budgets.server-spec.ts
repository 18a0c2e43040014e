import type { BudgetLimits } from '../../../src/upstreams/budget/budget.types.js';
import type { UpstreamBudgets } from '../../../src/upstreams/budget/upstream.budgets.js';
import { until } from '../../support/until.js';
import { CountingVendor } from './support/counting.vendor.js';
import { OwnRedis } from './support/own.redis.js';
import { redisReplica, ReplicaLoad } from './support/redis.replicas.js';

const WINDOW_MS = 500;
const LIMITS: BudgetLimits = { rate: { calls: 10, windowMs: WINDOW_MS }, places: 6, attemptMs: 5_000 };

/** After a loss: what is under way may still arrive (2 s) and is then counted for a window. */
const LEARNING_MS = 2_000 + WINDOW_MS;

describe('budgets of two replicas in a Redis', () => {
  let redis: OwnRedis;
  const replicas: UpstreamBudgets[] = [];
  let loads: ReplicaLoad[];
  let vendor: CountingVendor;

  beforeAll(async () => {
    redis = await OwnRedis.start();
  });

  afterAll(() => redis.kill());

  beforeEach(() => {
    vendor = new CountingVendor();
    loads = [];
  });

  afterEach(async () => {
    await Promise.all(loads.map((load) => load.stop()));
    await Promise.all(replicas.splice(0).map((each) => each.onApplicationShutdown()));
  });

  function start(account: string, count = 2): void {
    for (let each = 0; each < count; each += 1) {
      const budgets = redisReplica(redis.url, count);
      replicas.push(budgets);
      loads.push(new ReplicaLoad(budgets, vendor, account, LIMITS).start(8));
    }
  }

  const modes = () => loads.map(({ budget }) => budget.snapshot().mode);
  const calls = () => vendor.arrivals.length;

  function expectWithinLimits(): void {
    expect(vendor.mostIn(WINDOW_MS)).toBeLessThanOrEqual(10);
    expect(vendor.atOnceMax).toBeLessThanOrEqual(6);
  }

  /** Time until each replica has made calls that the shared store has granted. */
  async function untilShared(): Promise<number> {
    const startMs = performance.now();
    await until('all are shared', () => modes().every((mode) => mode === 'shared'));
    const before = loads.map(({ served }) => served);
    await until('all are served', () => loads.every(({ served }, index) => served > before[index]! + 1));
    return performance.now() - startMs;
  }

  it('keep the limits together and use them', async () => {
    start('test:together');
    await until('calls', () => calls() > 5);
    const [first, startMs] = [calls(), performance.now()];
    await until('many calls', () => calls() > first + 100);
    const perWindow = (100 / (performance.now() - startMs)) * WINDOW_MS;
    expectWithinLimits();
    expect(perWindow).toBeGreaterThan(6);
    expect(loads.every(({ served }) => served > 20)).toBe(true);
  });

  it('count by themselves while Redis is dead, and together again when it is back without its data', async () => {
    start('test:killed');
    await until('calls', () => calls() > 30);
    await redis.kill();
    await until('both count by themselves', () => modes().every((mode) => mode === 'degraded'));
    const before = calls();
    await until('calls without Redis', () => calls() > before + 20);
    await redis.start();
    const backMs = await untilShared();
    expectWithinLimits();
    expect(backMs).toBeLessThan(2_000 + LEARNING_MS + 3_000);
  });

  it('count by themselves while Redis is frozen for 5 s, and together again afterwards', async () => {
    start('test:frozen');
    await until('calls', () => calls() > 30);
    redis.freeze();
    const frozenMs = performance.now();
    await until('both count by themselves', () => modes().every((mode) => mode === 'degraded'));
    await until('5 s have passed', () => performance.now() - frozenMs > 5_000);
    expect(modes()).toEqual(['degraded', 'degraded']);
    redis.thaw();
    await untilShared();
    expectWithinLimits();
  });

  it('learn what is under way when Redis has lost everything', async () => {
    start('test:flushed');
    for (let round = 1; round <= 3; round += 1) {
      const before = calls();
      await until('calls', () => calls() > before + 25);
      await redis.run((connection) => connection.flushall());
    }
    await untilShared();
    expectWithinLimits();
  });
});
