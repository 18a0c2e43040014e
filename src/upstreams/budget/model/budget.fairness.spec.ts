import * as fc from 'fast-check';
import { IMPORT2_LIMITS, ModelDriver } from '../../../../test/upstreams/budget/model.driver.js';
import type { BudgetLimits, CallClass } from '../budget.types.js';

interface Offer {
  readonly caller: string;
  readonly weight: number;
  readonly callClass?: CallClass;
  readonly waiting: number;
}

/** Every caller has always as many calls waiting; each granted one takes 60 ms. Returns the calls granted to each. */
function saturate(
  limits: BudgetLimits,
  offers: readonly Offer[],
  ms: number,
  check = (_served: number[]) => {},
): number[] {
  const driver = new ModelDriver(limits);
  const callers = new Map<string, number>();
  const served = offers.map(() => 0);
  const ends: { id: string; atMs: number }[] = [];
  let seen = 0;
  for (const endMs = driver.nowMs + ms; driver.nowMs < endMs; driver.nowMs += 20) {
    offers.forEach(({ caller, weight, callClass = 'interactive', waiting }, index) => {
      const mine = driver.state.waiting.filter(
        (call) => call.caller === caller && call.callClass === callClass,
      );
      for (let more = mine.length; more < waiting; more += 1) {
        callers.set(
          driver.acquire({ caller, weight, callClass, operation: `op${index}`, waitMs: 36_000_000 }),
          index,
        );
      }
    });
    while (ends[0] && ends[0].atMs <= driver.nowMs) driver.complete(ends.shift()?.id ?? '');
    driver.beat();
    for (const decision of driver.decisions.slice(seen)) {
      if (!decision.granted) throw new Error(`refused: ${decision.reason}`);
      ends.push({ id: decision.id, atMs: driver.nowMs + 60 });
      const index = callers.get(decision.id) ?? 0;
      served[index] = (served[index] ?? 0) + 1;
      check(served);
    }
    seen = driver.decisions.length;
  }
  return served;
}

/** With so many places, only the rate binds. */
const RATE_ONLY = { ...IMPORT2_LIMITS, places: 64 };

/** 1 when all have the same share of their weights. */
function jain(shares: readonly number[]): number {
  const sum = shares.reduce((all, share) => all + share, 0);
  return sum ** 2 / (shares.length * shares.reduce((all, share) => all + share ** 2, 0));
}

describe('start-time fair queueing', () => {
  it('serves callers that always wait by their weights', () => {
    const offers = [1, 1, 2].map((weight, index) => ({ caller: `c${index}`, weight, waiting: 10 }));
    const served = saturate(RATE_ONLY, offers, 60_000);
    expect(jain(served.map((calls, index) => calls / (offers[index]?.weight ?? 1)))).toBeGreaterThan(0.995);
    expect(served[2]).toBeGreaterThan(250);
  });

  it('never lets two callers that wait differ by more than a call of each', () => {
    const weight = fc.constantFrom(1, 2, 3, 10, 1_000);
    fc.assert(
      fc.property(fc.array(weight, { minLength: 2, maxLength: 4 }), (weights) => {
        const offers = weights.map((weight, index) => ({ caller: `c${index}`, weight, waiting: 12 }));
        /** The first calls are granted before anyone waits. */
        let base: number[] | undefined;
        saturate(RATE_ONLY, offers, 6_000, (served) => {
          if (served.reduce((sum, calls) => sum + calls, 0) < 14) return;
          base ??= [...served];
          const shares = served.map((calls, index) => (calls - (base?.[index] ?? 0)) / (weights[index] ?? 1));
          shares.forEach((share, one) => {
            shares.slice(one + 1).forEach((next, skipped) => {
              const other = one + 1 + skipped;
              const bound = 1 / (weights[one] ?? 1) + 1 / (weights[other] ?? 1);
              expect(Math.abs(share - next)).toBeLessThanOrEqual(bound + 1e-9);
            });
          });
        });
      }),
      { numRuns: 15 },
    );
  });

  it('serves a caller that comes late at once, and not for the time in which it was away', () => {
    const driver = new ModelDriver();
    const heavy = Array.from({ length: 40 }, (_, index) =>
      driver.acquire({ operation: `op${index % 3}`, waitMs: 60_000 }),
    );
    for (const id of heavy.slice(0, 10)) driver.complete(id);
    driver.pass(1_100);
    const light = [1, 2].map(() => driver.acquire({ caller: 'beta', operation: 'other', waitMs: 60_000 }));
    for (const id of driver.heldBy('r1')) driver.complete(id);
    driver.pass(1_100);
    expect(light.every((id) => driver.isGranted(id))).toBe(true);
    expect(driver.granted.length).toBeGreaterThan(25);
  });

  it('shares with a caller that comes late from then on, and gives it nothing for the time in which it was away', () => {
    const driver = new ModelDriver(RATE_ONLY);
    const ask = (caller: string, calls: number) =>
      Array.from({ length: calls }, (_, index) =>
        driver.acquire({ caller, operation: `op${index % 4}`, waitMs: 600_000 }),
      );
    const window = () => {
      for (const id of driver.heldBy('r1')) driver.complete(id);
      driver.pass(1_002);
    };
    ask('alpha', 50);
    window();
    window();
    const late = new Set(ask('beta', 20));
    window();
    expect(driver.granted.filter((id) => late.has(id))).toHaveLength(5);
  });

  it('gives one caller three quarters of the places', () => {
    const driver = new ModelDriver({ ...IMPORT2_LIMITS, rate: undefined, places: 8 });
    for (let index = 0; index < 8; index += 1) driver.acquire({ operation: `op${index % 4}` });
    expect(driver.granted).toHaveLength(6);
    expect(driver.isGranted(driver.acquire({ caller: 'beta' }))).toBe(true);
  });

  it('serves the call with the earliest deadline of a caller first', () => {
    const driver = new ModelDriver({ ...IMPORT2_LIMITS, rate: { calls: 1, windowMs: 1_000 } });
    const first = driver.acquire();
    const waits = [50_000, 30_000, 40_000];
    const ids = waits.map((waitMs) => driver.acquire({ waitMs }));
    driver.complete(first);
    for (let round = 0; round < 3; round += 1) {
      driver.pass(1_010);
      for (const id of driver.heldBy('r1')) driver.complete(id);
    }
    expect(driver.granted).toStrictEqual([first, ids[1], ids[2], ids[0]]);
  });
});

describe('classes', () => {
  const flood = (callClass: CallClass, calls: number): Offer[] =>
    Array.from({ length: calls }, (_, index) => ({
      caller: `${callClass}${index}`,
      weight: 1,
      callClass,
      waiting: 5,
    }));

  it.each([1, 2, 3, 10])('starves neither class when both flood a limit of %d', (calls) => {
    const limits = { ...IMPORT2_LIMITS, rate: { calls, windowMs: 1_000 }, places: Math.max(1, calls - 1) };
    const [interactive = 0, background = 0] = saturate(
      limits,
      [...flood('interactive', 1), ...flood('background', 1)],
      30_000,
    );
    expect(background / (interactive + background)).toBeGreaterThan(0.08);
    expect(interactive / (interactive + background)).toBeGreaterThan(0.49);
  });

  it('keeps two slots free for interactive calls while background calls flood', () => {
    const driver = new ModelDriver();
    for (let index = 0; index < 20; index += 1) {
      driver.acquire({
        callClass: 'background',
        caller: `b${index % 3}`,
        operation: `op${index % 4}`,
        waitMs: 50_000,
      });
    }
    expect(driver.granted).toHaveLength(8);
    expect(driver.isGranted(driver.acquire())).toBe(true);
    expect(driver.isGranted(driver.acquire())).toBe(true);
    expect(driver.decision(driver.acquire())).toBeUndefined();
  });

  it('keeps a slot for background calls only while one waits', () => {
    const driver = new ModelDriver();
    const ask = (index: number) => driver.acquire({ caller: `c${index % 3}`, operation: `op${index % 4}` });
    const ids = Array.from({ length: 10 }, (_, index) => ask(index));
    expect(driver.granted).toHaveLength(10);
    const background = driver.acquire({ callClass: 'background', waitMs: 50_000 });
    for (let index = 0; index < 12; index += 1) ask(index);
    driver.complete(ids[0] ?? '');
    driver.pass(1_002);
    expect(driver.granted.at(-1)).toBe(background);
  });
});
