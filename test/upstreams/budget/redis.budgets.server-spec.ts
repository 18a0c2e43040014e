import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  type AccountBudget,
  type BudgetLimits,
  BudgetRefusedError,
  type BudgetRequest,
  type Grant,
} from '../../../src/upstreams/budget/budget.types.js';
import type { UpstreamBudgets } from '../../../src/upstreams/budget/upstream.budgets.js';
import { OutageProxy } from '../../ledger/support/outage.proxy.js';
import { until } from '../../support/until.js';
import { CountingVendor } from './support/counting.vendor.js';
import { OwnRedis } from './support/own.redis.js';
import { redisReplica, ReplicaLoad } from './support/redis.replicas.js';

const WINDOW_MS = 500;
const LIMITS: BudgetLimits = { rate: { calls: 10, windowMs: WINDOW_MS }, places: 6, attemptMs: 5_000 };

/** After a loss: what is under way may still arrive (2 s) and is then counted for a window. */
const LEARNING_MS = 2_000 + WINDOW_MS;

const REQUEST: BudgetRequest = {
  caller: 'shop',
  weight: 1,
  callClass: 'interactive',
  operation: 'product_get',
  waitMs: 30_000,
};

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

  function start(account: string, count = 2, url = redis.url): void {
    for (let each = 0; each < count; each += 1) {
      const budgets = redisReplica(url, count);
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
    expect(perWindow).toBeGreaterThan(3);
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
    expect(backMs).toBeLessThan(2_000 + LEARNING_MS + 10_000);
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

  it('find the new primary after a failover that left their connections to the old one open', async () => {
    const old = await OwnRedis.start();
    const proxy = await OutageProxy.start('127.0.0.1', old.port);
    try {
      start('test:failover', 2, `redis://127.0.0.1:${proxy.port}`);
      await until('calls', () => calls() > 10);
      await old.run((connection) => connection.replicaof('127.0.0.1', redis.port));
      await until('both count by themselves', () => modes().every((mode) => mode === 'degraded'));
      proxy.redirect('127.0.0.1', redis.port);
      await untilShared();
      expectWithinLimits();
    } finally {
      await Promise.all([proxy.close(), old.kill()]);
    }
  });

  it('stay together when their connections are cut and are there again at once', async () => {
    start('test:cut');
    await until('calls', () => calls() > 30);
    // A machine that stands still for longer than a connection may be away makes an outage of a cut.
    let calm = 0;
    for (let round = 1; round <= 6 && calm < 2; round += 1) {
      const seen = new Set(modes());
      const before = calls();
      await redis.run((connection) => connection.call('CLIENT', 'KILL', 'TYPE', 'normal'));
      await until('many calls', () => {
        for (const mode of modes()) seen.add(mode);
        return calls() > before + 40;
      });
      if (!seen.has('degraded')) calm += 1;
      await untilShared();
    }
    expect(calm).toBe(2);
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

  it('do not take a blocked event loop of their own for a dead Redis', async () => {
    start('test:blocked');
    for (let round = 1; round <= 3; round += 1) {
      const before = calls();
      await until('calls', () => calls() > before + 5);
      const endMs = performance.now() + 600;
      while (performance.now() < endMs);
      // Replies and timers of that time are due now.
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(modes()).toEqual(['shared', 'shared']);
    }
    expectWithinLimits();
  });

  it('give back the places of a replica that was killed within 3 s and a beat', async () => {
    const limits = { rate: { calls: 100, windowMs: 100 }, places: 2, attemptMs: 60_000 };
    const victim = replicaProcess('test:victim', limits);
    await victim.holds(2);
    const survivor = redisReplica(redis.url, 2);
    replicas.push(survivor);
    const budget = survivor.of('test:victim', limits);
    const call = budget.acquire({ ...REQUEST, waitMs: 60_000 });
    await until('it waits', () => budget.snapshot().waiting.interactive === 1);
    const killedMs = await victim.kill();
    (await call).release();
    const afterMs = performance.now() - killedMs;
    // The last beat was up to 500 ms before.
    expect(afterMs).toBeGreaterThan(2_400);
    expect(afterMs).toBeLessThan(10_000);
  });

  it('open the gate of an account without a rate for all, let one probe through, and close it for all', async () => {
    const limits: BudgetLimits = { rate: undefined, places: 8, attemptMs: 5_000 };
    const made = [redisReplica(redis.url, 2), redisReplica(redis.url, 2)];
    replicas.push(...made);
    const [one, other] = made.map((each) => each.of('test:gate', limits)) as [AccountBudget, AccountBudget];
    (await other.acquire(REQUEST)).release();
    for (let failure = 0; failure < 5; failure += 1) {
      const grant = await one.acquire(REQUEST);
      grant.outcome({ kind: 'failed' });
      grant.release();
    }
    await until('both know', () => [one, other].every((each) => each.snapshot().mode === 'shared'));
    await until('it is half-open', () => tried(one).then((grant) => grant !== undefined && keep(grant)));
    // The probe of one replica is under way.
    expect(await tried(other)).toBeUndefined();
    probe?.outcome({ kind: 'complete' });
    probe?.release();
    await until('both are closed', () => [one, other].every((each) => each.snapshot().mode === 'local'));
    const grants = await Promise.all([one.acquire(REQUEST), other.acquire(REQUEST)]);
    for (const grant of grants) grant.release();
  });

  let probe: Grant | undefined;

  function keep(grant: Grant): boolean {
    probe = grant;
    return true;
  }

  async function tried(budget: AccountBudget): Promise<Grant | undefined> {
    try {
      return await budget.acquire(REQUEST);
    } catch (error) {
      if (error instanceof BudgetRefusedError && error.reason === 'breaker-open') return undefined;
      throw error;
    }
  }

  function replicaProcess(account: string, limits: BudgetLimits) {
    const loader = fileURLToPath(new URL('../../support/runner/typescript.loader.mjs', import.meta.url));
    const file = fileURLToPath(new URL('support/replica.process.ts', import.meta.url));
    const args = ['--import', loader, file, redis.url, account, JSON.stringify(limits)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let held = 0;
    child.stdout.on('data', (text: Buffer) => (held += text.toString().split('held').length - 1));
    return {
      holds: (count: number) => until('it holds places', () => held >= count),
      /** Returns the moment. */
      kill: async (): Promise<number> => {
        const killedMs = performance.now();
        child.kill('SIGKILL');
        await once(child, 'exit');
        return killedMs;
      },
    };
  }
});
