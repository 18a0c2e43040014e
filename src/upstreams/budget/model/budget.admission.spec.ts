import * as fc from 'fast-check';
import { ModelDriver, SPID_LIMITS } from '../../../../test/upstreams/budget/model.driver.js';

const OPERATIONS = 4;

/** Ten calls under way, and as many waiting as the callers' shares admit within their time. */
function overload(driver: ModelDriver, calls: number, waitMs: number): string[] {
  return Array.from({ length: calls }, (_, index) =>
    driver.acquire({ caller: `c${index % 3}`, operation: `op${index % OPERATIONS}`, waitMs }),
  );
}

/** Lets granted calls take `ms` each, for so long. */
function serve(driver: ModelDriver, forMs: number, ms = 100): void {
  const ends = new Map<string, number>();
  for (const endMs = driver.nowMs + forMs; driver.nowMs < endMs; driver.nowMs += 10) {
    for (const id of driver.heldBy('r1')) {
      const atMs = ends.get(id) ?? driver.nowMs + ms;
      ends.set(id, atMs);
      if (atMs <= driver.nowMs) driver.complete(id);
    }
    driver.beat();
  }
}

describe('admission', () => {
  it('refuses at once what the share of its caller cannot serve in time', () => {
    const driver = new ModelDriver();
    const ids = overload(driver, 60, 1_500);
    const refused = ids.filter((id) => driver.refusal(id));
    expect(refused.length).toBeGreaterThan(30);
    for (const id of refused) expect(driver.refusal(id)).toMatchObject({ reason: 'no-time' });
    expect(driver.granted).toHaveLength(10);
  });

  it('forgets the callers that were not seen lately, and finds those that were', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    const call = (caller: string) => driver.complete(driver.acquire({ caller }));
    for (let caller = 0; caller < 2_000; caller += 1) call(`c${caller}`);
    expect(driver.state.flows.length).toBe(2_000);
    driver.nowMs += 5_000;
    for (let calls = 0; calls < 200; calls += 1) call(`c${1_000 + (calls % 2)}`);
    expect(driver.state.flows.map(({ caller }) => caller).toSorted()).toEqual(['c1000', 'c1001']);
    const copy = structuredClone(driver.state.flows);
    driver.state.flows = copy;
    call('c1001');
    expect(driver.state.flows).toHaveLength(2);
  });

  it('serves in time what it has admitted, with few exceptions', () => {
    const driver = new ModelDriver();
    for (let second = 0; second < 40; second += 1) {
      overload(driver, 25, 400 + ((second * 977) % 3_000));
      serve(driver, 1_000);
    }
    const late = driver.decisions.filter(({ granted }) => !granted);
    const atOnce = driver.decisions.filter(
      (decision) => !decision.granted && isAtOnce(driver, decision.atMs),
    );
    expect((late.length - atOnce.length) / driver.granted.length).toBeLessThan(0.02);
    expect(driver.granted.length).toBeGreaterThan(40 * 8);
  });

  it('admits a refused call that comes back at its Retry-After when no other comes', () => {
    const waits = fc.integer({ min: 0, max: 4_000 });
    fc.assert(
      fc.property(
        fc.integer({ min: 11, max: 120 }),
        waits,
        fc.constantFrom(1, 3),
        (calls, waitMs, weight) => {
          const driver = new ModelDriver();
          overload(driver, calls, 3_000);
          const request = { caller: 'delta', operation: 'op0', waitMs, weight };
          const refusal = driver.refusal(driver.acquire(request));
          if (!refusal) return;
          /** As callers get it. */
          serve(driver, Math.ceil(refusal.retryAfterMs / 1_000) * 1_000);
          const again = driver.acquire(request);
          expect(driver.refusal(again)).toBeUndefined();
          serve(driver, waitMs + 20);
          expect(driver.isGranted(again)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives each refused call of a caller a later moment', () => {
    const driver = new ModelDriver();
    overload(driver, 10, 0);
    const times = overload(driver, 9, 0).map((id) => driver.refusal(id)?.retryAfterMs ?? 0);
    for (const [index, ms] of times.entries())
      if (index >= 3) expect(ms).toBeGreaterThan(times[index - 3] ?? 0);
  });

  it('sends no one away for more than a minute for the sake of a queue', () => {
    const driver = new ModelDriver();
    overload(driver, 10, 0);
    const times = overload(driver, 600, 0).map((id) => driver.refusal(id)?.retryAfterMs ?? 0);
    expect(Math.max(...times)).toBe(60_000);
  });

  it('bounds the queue of a caller, and of the account', () => {
    const driver = new ModelDriver();
    overload(driver, 10, 0);
    const one = Array.from({ length: 60 }, () => driver.acquire({ caller: 'alpha', waitMs: 600_000 }));
    expect(one.filter((id) => !driver.decision(id))).toHaveLength(50);
    expect(driver.refusal(one.at(-1) ?? '')).toMatchObject({ reason: 'queue-full' });
    for (let index = 0; index < 200; index += 1) driver.acquire({ caller: `d${index}`, waitMs: 3_600_000 });
    expect(driver.state.waiting).toHaveLength(200);
  });

  it('lets more wait where no rate makes the queue slow', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    const ask = (caller: string, calls: number) =>
      Array.from({ length: calls }, () => driver.acquire({ caller, waitMs: 600_000 }));
    const one = ask('alpha', 32 + 260);
    expect(one.filter((id) => !driver.decision(id))).toHaveLength(250);
    expect(driver.refusal(one.at(-1) ?? '')).toMatchObject({ reason: 'queue-full' });
    for (let index = 0; index < 10; index += 1) ask(`d${index}`, 100);
    expect(driver.state.waiting).toHaveLength(1_000);
  });

  it('refuses a waiting call as soon as no slot can be free in its time', () => {
    const driver = new ModelDriver();
    const ids = overload(driver, 10, 0);
    for (const id of ids) driver.step({ step: 'settle', id, head: true });
    const waiting = driver.acquire({ caller: 'delta', waitMs: 1_400 });
    expect(driver.decision(waiting)).toBeUndefined();
    driver.step({ step: 'open', reason: 'throttled', forMs: 2_000 });
    expect(driver.refusal(waiting)).toMatchObject({ reason: 'throttled', atMs: driver.nowMs });
  });

  it('grants a place that comes free too late for one call to the next, and refuses the late one', () => {
    const driver = new ModelDriver({ ...SPID_LIMITS, places: 1 });
    const held = driver.acquire();
    const late = driver.acquire({ caller: 'delta', waitMs: 1_000 });
    const next = driver.acquire({ caller: 'delta', waitMs: 60_000 });
    driver.nowMs += 1_001;
    driver.complete(held);
    expect(driver.refusal(late)).toMatchObject({ reason: 'no-time', atMs: driver.nowMs });
    expect(driver.isGranted(next)).toBe(true);
  });

  it('does not admit more of a slow operation than its half of the places can serve', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    for (let index = 0; index < 32; index += 1)
      driver.acquire({ caller: `c${index % 4}`, operation: 'slow' });
    driver.nowMs += 2_000;
    for (const id of driver.heldBy('r1')) driver.complete(id);
    for (let index = 0; index < 32; index += 1)
      driver.acquire({ caller: `c${index % 4}`, operation: 'slow' });
    const refused = driver.acquire({ operation: 'slow', waitMs: 500 });
    expect(driver.refusal(refused)).toMatchObject({ reason: 'no-time' });
    expect(driver.isGranted(driver.acquire({ operation: 'fast', waitMs: 0 }))).toBe(true);
  });
});

/** Asked in the same millisecond. */
function isAtOnce(_driver: ModelDriver, atMs: number): boolean {
  return (atMs - 1_000_000) % 1_000 === 0;
}
