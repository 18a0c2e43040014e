import { PartitionSimulation } from './simulation/partition.simulation.js';
import type { BudgetLimits } from '../../../src/upstreams/budget/budget.types.js';

const LIMITS: BudgetLimits = { rate: { calls: 10, windowMs: 1_000 }, places: 9, attemptMs: 5_000 };
const EVENTS = [
  'cut',
  'cut',
  'heal',
  'heal all',
  'cut all',
  'stall',
  'stall all',
  'restart',
  'failover',
  'crash',
  'leave',
  'idle',
  'busy',
] as const;

/** A replica that is cut off counts by itself after it has been missing for 1.5 s, and all before can no longer arrive. */
const AWAY_MS = 6_000;

describe('a budget of replicas of which some reach the store and some do not', () => {
  let simulation: PartitionSimulation;

  afterEach(() => simulation.close());

  function start(expected: number, { seed = 1, limits = LIMITS, count = expected } = {}) {
    simulation = new PartitionSimulation(seed, limits, expected);
    return Array.from({ length: count }, () => simulation.start());
  }

  function expectWithinLimits({ rate, places }: BudgetLimits = LIMITS): void {
    expect(simulation.vendor.mostIn(1_000)).toBeLessThanOrEqual(rate?.calls ?? 0);
    expect(simulation.vendor.mostUnderWay).toBeLessThanOrEqual(places);
  }

  async function anything(): Promise<void> {
    const { random } = simulation;
    const live = simulation.replicas.filter(({ isDead }) => !isDead);
    const one = random.pick(live);
    const event = random.pick(EVENTS);
    if (event === 'cut') one.isCutOff = true;
    else if (event === 'heal') one.isCutOff = false;
    else if (event === 'idle') one.isIdle = true;
    else if (event === 'busy') for (const each of live) each.isIdle = false;
    else if (event === 'stall') await simulation.stall([one], 500, 3_000, 2);
    else if (event === 'stall all') await simulation.stall(live, 500, 3_000, 2);
    // What is cut off then is not known to the new one.
    else if (event === 'restart' && live.every(({ isCutOff }) => !isCutOff)) simulation.loseAll();
    else if (event === 'failover') await simulation.loseWritesOf(random.between(5, 400));
    else if (event === 'crash') simulation.crash(one);
    else if (event === 'leave') await simulation.leave(one);
    else if (event !== 'restart') for (const each of live) each.isCutOff = event === 'cut all';
    if (!one.isDead) return;
    await simulation.run(random.between(100, 5_000));
    simulation.start();
  }

  it.each([LIMITS, { ...LIMITS, rate: { calls: 2, windowMs: 1_000 }, places: 2 }])(
    'never exceeds %j, whatever is cut off, heals, dies, leaves and is replaced',
    async (limits) => {
      for (let seed = 1; seed <= 8; seed += 1) {
        start(3, { seed, limits });
        await simulation.run(3_000);
        for (let event = 0; event < 12; event += 1) {
          await anything();
          await simulation.run(simulation.random.between(200, 9_000));
        }
        expectWithinLimits(limits);
        simulation.close();
      }
    },
  );

  it('is used by both sides, and all of it again afterwards', async () => {
    const [one, other, cut] = start(3);
    await simulation.run(5_000);
    cut!.isCutOff = true;
    await simulation.run(AWAY_MS);
    const sharedPerSecond = (await simulation.servedIn(20_000, [one!, other!])) / 20;
    expect(cut!.budget.snapshot()).toMatchObject({ mode: 'degraded', effectiveRate: 3 });
    expect(one!.budget.snapshot()).toMatchObject({ mode: 'shared', effectiveRate: 7, effectivePlaces: 6 });
    expect(sharedPerSecond).toBeGreaterThan(0.8 * 7);
    cut!.isCutOff = false;
    await simulation.run(AWAY_MS);
    expect((await simulation.servedIn(20_000)) / 20).toBeGreaterThan(0.8 * 10);
    expectWithinLimits();
  });

  it.each(['one', 'all'])('is used while the network of %s stalls now and then', async (which) => {
    const replicas = start(2);
    await simulation.run(5_000);
    const stalled = which === 'one' ? replicas.slice(1) : replicas;
    // The first two are short outages, each with a return.
    await simulation.stall(stalled, 500, 5_000, 3);
    const served = () => replicas.reduce((sum, replica) => sum + replica.served, 0);
    const before = served();
    await simulation.stall(stalled, 500, 5_000, 12);
    // Without Redis each of two replicas has 4 of 10.
    expect((served() - before) / 60).toBeGreaterThan(0.8 * 8);
    await simulation.run(70_000);
    expect(replicas.map(({ budget }) => budget.snapshot().mode)).toEqual(['shared', 'shared']);
    expectWithinLimits();
  });

  it('knows of a replica that counts by itself for longer, also when the store has lost all its data', async () => {
    const [one, apart] = start(2);
    await simulation.run(5_000);
    await simulation.stall([apart!], 500, 5_000, 2);
    for (let time = 0; time < 2; time += 1) {
      await simulation.run(1_000);
      expect(apart!.budget.snapshot()).toMatchObject({ mode: 'degraded', effectiveRate: 4 });
      expect(one!.budget.snapshot()).toMatchObject({ mode: 'shared', effectiveRate: 6 });
      simulation.loseAll();
    }
    await simulation.run(10_000);
    expect(apart!.budget.snapshot().mode).toBe('shared');
    expectWithinLimits();
  });

  it('counts what a replica has done by itself before the others get its share when it leaves', async () => {
    const [, apart] = start(2);
    await simulation.run(5_000);
    await simulation.stall([apart!], 500, 5_000, 2);
    expect(apart!.budget.snapshot().mode).toBe('degraded');
    await simulation.leave(apart!);
    await simulation.run(5_000);
    expectWithinLimits();
  });

  it('keeps nothing back for replicas without calls, and for those that left', async () => {
    const [one, idle, left] = start(3);
    await simulation.run(5_000);
    idle!.isIdle = true;
    await simulation.leave(left!);
    for (let second = 0; second < 60; second += 1) {
      await simulation.run(1_000);
      expect(one!.budget.snapshot().effectiveRate).toBe(10);
    }
    expectWithinLimits();
  });

  it('keeps the share of a replica without calls back that is cut off, and has calls then', async () => {
    const [, idle] = start(2);
    idle!.isIdle = true;
    await simulation.run(20_000);
    idle!.isCutOff = true;
    idle!.isIdle = false;
    await simulation.run(30_000);
    expect(idle!.served).toBeGreaterThan(20);
    expectWithinLimits();
  });

  it('keeps the share of a dead replica back until it is replaced', async () => {
    const [one, dead] = start(2);
    await simulation.run(5_000);
    simulation.crash(dead!);
    await simulation.run(5_000);
    expect(one!.budget.snapshot().effectiveRate).toBe(6);
    simulation.start();
    await simulation.run(7_000);
    expect(one!.budget.snapshot().effectiveRate).toBe(10);
    expectWithinLimits();
  });

  it('keeps nothing back for more replicas than are expected, and for ten minutes at most', async () => {
    const [one, dead] = start(2, { count: 3 });
    await simulation.run(5_000);
    simulation.crash(dead!);
    await simulation.run(5_000);
    expect(one!.budget.snapshot().effectiveRate).toBe(10);
  });
});
