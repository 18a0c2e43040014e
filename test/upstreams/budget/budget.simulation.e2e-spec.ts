import { BudgetSimulation, type SimulationPlan, RATE_LIMITS } from './simulation/budget.simulation.js';

const SEEDS = Array.from({ length: 5 }, (_, index) => index + 1);

const FAULTS: [string, Partial<SimulationPlan>][] = [
  ['no faults', {}],
  ['callers that hang up', { cancel: 0.3 }],
  ['lost messages', { lostMessages: 0.5 }],
  ['replicas that crash', { crash: 0.15 }],
  ['event loops that stall', { stall: 0.5, stallMsMax: 2_000 }],
  ['event loops that stall for longer than a replica may be silent', { stall: 0.3, stallMsMax: 6_000 }],
  ['a server whose clock is set', { clockStep: 0.3 }],
  ['a server that freezes', { freeze: 0.15 }],
  ['failovers that lose writes', { failover: 0.1 }],
  ['a vendor in all moods', { moods: ['well', 'throttling', 'failing', 'hanging', 'unreachable'] }],
  [
    'everything at once',
    {
      cancel: 0.1,
      lostMessages: 0.2,
      crash: 0.05,
      stall: 0.2,
      stallMsMax: 2_000,
      clockStep: 0.1,
      freeze: 0.05,
      failover: 0.05,
      moods: ['well', 'throttling', 'failing', 'hanging', 'unreachable'],
    },
  ],
];

const PROBED = FAULTS.filter(([name]) => !name.includes('longer than') && !name.includes('moods'));

function run(faults: Partial<SimulationPlan>, seed: number): BudgetSimulation {
  return new BudgetSimulation({ seed, replicas: 3, limits: RATE_LIMITS, load: 5, ...faults }).run();
}

describe('a budget shared by three replicas', () => {
  it.each(FAULTS)(
    'never exceeds the limits of the vendor, and decides every call once, with %s',
    (_name, faults) => {
      for (const seed of SEEDS) {
        const { vendor, calls, endedTwice } = run(faults, seed);
        const open = calls.filter(({ ended }) => !ended).length;
        expect({ seed, open, endedTwice }).toStrictEqual({ seed, open: 0, endedTwice: 0 });
        expect(vendor.log.mostIn(1_000)).toBeLessThanOrEqual(10);
        expect(vendor.log.mostUnderWay).toBeLessThanOrEqual(RATE_LIMITS.places);
        expect(vendor.mostProbes).toBeLessThanOrEqual(1);
      }
    },
  );

  it.each(FAULTS)('grants every call again when the calm after %s is over', (_name, faults) => {
    const simulation = run(faults, 100);
    expect(simulation.runOn(10).slice(5)).toStrictEqual(Array.from({ length: 5 }, () => 'granted'));
    expect(simulation.store.state.waiting).toStrictEqual([]);
    expect(simulation.store.state.held.filter(({ isPlace }) => isPlace)).toStrictEqual([]);
  });

  it.each(PROBED)('probes a vendor that fails with one call at a time, with %s', (_name, faults) => {
    let most = 0;
    for (const seed of SEEDS.slice(0, 2)) {
      for (const limits of [RATE_LIMITS, { ...RATE_LIMITS, rate: undefined }]) {
        const moods = ['well', 'hanging', 'failing', 'unreachable', 'throttling'] as const;
        most = Math.max(most, run({ ...faults, limits, moods }, seed).vendor.mostProbes);
      }
    }
    expect(most).toBe(1);
  });

  it.each(['hanging', 'failing', 'unreachable'] as const)(
    'is used again within 2 s after its vendor was %s, over all replicas',
    (mood) => {
      for (const seed of Array.from({ length: 12 }, (_, index) => index + 1)) {
        const outage = { mood, fromMs: 3_000, toMs: 15_000 + seed * 137 };
        const { recoveredMs, vendor } = run({ outage, isSteady: true, lostMessages: 0.3 }, seed);
        expect({ seed, isLate: (recoveredMs ?? Infinity) > 2_000 }).toStrictEqual({ seed, isLate: false });
        expect(vendor.mostProbes).toBe(1);
      }
    },
  );

  it('serves nine in ten of the calls that strict slots allow while four times as many come', () => {
    const { vendor } = run({ load: 10 }, 1);
    const stormySeconds = 40;
    const holdSeconds = 1.13;
    expect(vendor.log.arrivals.length).toBeGreaterThan(0.9 * 10 * (stormySeconds / holdSeconds));
  });

  it('runs the same way again with the same seed', () => {
    const faults = FAULTS.at(-1)?.[1] ?? {};
    expect(run(faults, 7).store.trace).toBe(run(faults, 7).store.trace);
    expect(run(faults, 7).store.trace).not.toBe(run(faults, 8).store.trace);
  });
});
