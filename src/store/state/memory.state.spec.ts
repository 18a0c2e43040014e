import * as fc from 'fast-check';
import { MemoryState } from './memory.state.js';
import type { Quota, Taking } from './quota.js';

const ENTRIES_MAX = 4;

function stateAt(entriesMax?: number) {
  const clock = { ms: 1_000, now: () => new Date(0), monotonicMs: () => clock.ms };
  const state = new MemoryState(clock, entriesMax);
  const take = (quota: Partial<Quota> = {}, key = 'a', purpose = 'caller'): Taking =>
    state.take(purpose, key, [{ name: 'caller', requests: 2, windowMs: 10_000, burst: 0, ...quota }]);
  return { clock, state, take };
}

interface Hit {
  readonly key: string;
  readonly windowMs: number;
  readonly afterMs: number;
}

/** One request per window, over a plain list: what has ended goes from the front, and the oldest when there are too many. */
class ListedWindows {
  #windows: { readonly key: string; readonly endsMs: number }[] = [];

  take(nowMs: number, { key, windowMs }: Hit): boolean {
    const window = this.#windows.find((each) => each.key === key);
    if (window && window.endsMs > nowMs) return false;
    this.#windows = this.#windows.filter((each) => each.key !== key);
    while (this.#windows[0] && (this.#windows[0].endsMs <= nowMs || this.#windows.length >= ENTRIES_MAX)) {
      this.#windows.shift();
    }
    this.#windows.push({ key, endsMs: nowMs + windowMs });
    return true;
  }
}

describe('MemoryState', () => {
  it('never reports more time than the window has, at a time whose sum with it is rounded up', () => {
    const { clock, take } = stateAt();
    clock.ms = 29_744.019977;
    expect(take().states).toEqual([{ remaining: 1, msLeft: 10_000 }]);
  });

  it('refuses from the first request above the quota until the window ends', () => {
    const { clock, take } = stateAt();
    expect(take()).toEqual({ isAdmitted: true, states: [{ remaining: 1, msLeft: 10_000 }] });
    clock.ms += 4_500;
    expect(take()).toEqual({ isAdmitted: true, states: [{ remaining: 0, msLeft: 5_500 }] });
    clock.ms += 5_499;
    expect(take()).toEqual({ isAdmitted: false, states: [{ remaining: 0, msLeft: 1 }] });
    clock.ms += 1;
    expect(take()).toEqual({ isAdmitted: true, states: [{ remaining: 1, msLeft: 10_000 }] });
  });

  it('saves what windows leave unused, up to the burst', () => {
    const { clock, take } = stateAt();
    const admitted = () => {
      let count = 0;
      while (take({ burst: 3 }).isAdmitted) count += 1;
      return count;
    };
    expect(admitted()).toBe(5);
    clock.ms += 9_999;
    expect(admitted()).toBe(0);
    clock.ms += 1;
    expect(admitted()).toBe(2);
    clock.ms += 20_000;
    expect(admitted()).toBe(4);
    clock.ms += 1_000_000;
    expect(admitted()).toBe(5);
  });

  it('takes of every quota or of none, and reads without taking', () => {
    const { state } = stateAt();
    const wide = { name: 'wide', requests: 10, windowMs: 1_000, burst: 0 };
    const tight = { name: 'tight', requests: 1, windowMs: 500, burst: 0 };
    const remaining = (units?: number) => {
      const { isAdmitted, states } = state.take('caller', 'a', [wide, tight], units);
      return [isAdmitted, ...states.map((each) => each.remaining)];
    };
    expect(remaining(0)).toEqual([true, 10, 1]);
    expect(remaining()).toEqual([true, 9, 0]);
    expect(remaining()).toEqual([false, 9, 0]);
    expect(remaining(0)).toEqual([true, 9, 0]);
  });

  it('follows a quota that changes within its window, and returns when there is room in it again', () => {
    const { clock, take } = stateAt();
    take({ requests: 5 });
    take({ requests: 5 });
    take({ requests: 5 });
    clock.ms += 4_000;
    expect(take({ requests: 1 })).toEqual({
      isAdmitted: false,
      states: [{ remaining: 0, msLeft: 26_000 }],
    });
    expect(take({ requests: 4 })).toMatchObject({ isAdmitted: true });
    clock.ms += 6_300;
    expect(take({ windowMs: 1_000 })).toEqual({
      isAdmitted: true,
      states: [{ remaining: 1, msLeft: 1_000 }],
    });
  });

  it('does not make a window longer when the clock is set back', () => {
    const { clock, take } = stateAt();
    take({ requests: 1 });
    clock.ms -= 900;
    expect(take({ requests: 1 })).toEqual({
      isAdmitted: false,
      states: [{ remaining: 0, msLeft: 10_000 }],
    });
  });

  it('counts each key and each purpose separately, and a flood in one evicts nothing of another', () => {
    const { take } = stateAt(3);
    expect(take().states[0]).toMatchObject({ remaining: 1 });
    expect(take({}, 'b').states[0]).toMatchObject({ remaining: 1 });
    for (let at = 0; at < 50; at += 1) take({}, `address-${at}`, 'failed-attempts');
    expect(take().states[0]).toMatchObject({ remaining: 0 });
  });

  it('keeps and evicts as a plain list does, in whichever order windows begin and end', () => {
    const hits = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
        windowMs: fc.constantFrom(1, 5, 50),
        afterMs: fc.nat({ max: 6 }),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(hits, (each) => {
        const { clock, take } = stateAt(ENTRIES_MAX);
        const list = new ListedWindows();
        const windows = new Map<string, number>();
        for (const hit of each) {
          clock.ms += hit.afterMs;
          const expected = list.take(clock.ms, hit);
          // A window keeps the length that it began with.
          if (expected) windows.set(hit.key, hit.windowMs);
          const windowMs = windows.get(hit.key)!;
          expect(take({ requests: 1, windowMs }, hit.key).isAdmitted).toBe(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('admits in no window more than its requests and the burst, and after the time that it returns', () => {
    const steps = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 120 });
    const quota = fc.record({
      requests: fc.integer({ min: 1, max: 4 }),
      windowMs: fc.constantFrom(5, 20),
      burst: fc.nat({ max: 4 }),
    });
    fc.assert(
      fc.property(steps, quota, (each, limits) => {
        const { clock, take } = stateAt();
        const { requests, windowMs, burst } = limits;
        const admitted: number[] = [];
        for (const afterMs of each) {
          clock.ms += afterMs;
          let taken = take(limits);
          if (!taken.isAdmitted && afterMs % 2 === 0) {
            clock.ms += taken.states[0]?.msLeft ?? 0;
            taken = take(limits);
            expect(taken.isAdmitted).toBe(true);
          }
          if (taken.isAdmitted) admitted.push(clock.ms);
        }
        // Two windows touch any stretch of one window's length.
        const spans = admitted.map((from) => admitted.filter((at) => at >= from && at < from + windowMs));
        for (const span of spans) expect(span.length).toBeLessThanOrEqual(2 * requests + burst);
        const wholeMs = (admitted.at(-1) ?? 0) - (admitted[0] ?? 0);
        expect(admitted.length).toBeLessThanOrEqual(burst + requests * (1 + Math.floor(wholeMs / windowMs)));
      }),
      { numRuns: 300 },
    );
  });
});
