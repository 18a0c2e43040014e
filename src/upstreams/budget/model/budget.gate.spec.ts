import { ModelDriver, SPID_LIMITS } from '../../../../test/upstreams/budget/model.driver.js';
import type { BudgetRequest, CallOutcome } from '../budget.types.js';

const FAILED: CallOutcome = { kind: 'failed' };
const LOST: CallOutcome = { kind: 'lost' };
const THROTTLED: CallOutcome = { kind: 'throttled', retryAfterMs: 17_000 };

function ask(driver: ModelDriver, calls: number): string[] {
  return Array.from({ length: calls }, (_, index) =>
    driver.acquire({ operation: `op${index % 4}`, caller: `c${index % 3}` }),
  );
}

describe('the gate after throttling', () => {
  it('lowers the limit once for a burst, and stops all calls for the time that the vendor named', () => {
    const driver = new ModelDriver();
    for (const id of ask(driver, 10)) driver.settle(id, THROTTLED);
    expect(driver.last?.state).toMatchObject({
      gate: 'open',
      gateReason: 'throttled',
      gateMs: 17_000,
      effectiveRate: 7,
    });
    expect(driver.refusal(driver.acquire({ caller: 'delta' }))).toMatchObject({
      reason: 'throttled',
      retryAfterMs: 17_000,
    });
  });

  it('lowers the places of an account without a rate', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    for (const id of ask(driver, 10)) driver.settle(id, THROTTLED);
    expect(driver.last?.state.effectivePlaces).toBe(44);
  });

  it('lets calls wait that have the time, one of them go as the probe, and the others after it', () => {
    const driver = new ModelDriver();
    const [first = ''] = ask(driver, 1);
    driver.settle(first, { kind: 'throttled', retryAfterMs: 2_000 });
    const waiting = [1, 2, 3].map(() => driver.acquire({ waitMs: 10_000 }));
    expect(driver.last?.state.waiting.interactive).toBe(3);
    driver.pass(2_000);
    expect(waiting.map((id) => driver.isGranted(id))).toStrictEqual([true, false, false]);
    driver.complete(waiting[0] ?? '');
    expect(waiting.every((id) => driver.isGranted(id))).toBe(true);
    expect(driver.last?.state.gate).toBe('closed');
  });

  it('lowers the limit again when the probe is throttled', () => {
    const driver = new ModelDriver();
    driver.settle(driver.acquire(), { kind: 'throttled', retryAfterMs: 1_000 });
    driver.pass(1_000);
    driver.settle(driver.acquire(), { kind: 'throttled', retryAfterMs: 1_000 });
    expect(driver.last?.state).toMatchObject({ gate: 'open', effectiveRate: 4 });
  });

  it('raises the limit by a tenth for ten windows without throttling in which half of it was used', () => {
    const driver = new ModelDriver();
    driver.settle(driver.acquire(), { kind: 'throttled', retryAfterMs: 0 });
    driver.pass(1);
    driver.complete(driver.acquire());
    expect(driver.last?.state).toMatchObject({ gate: 'closed', effectiveRate: 7 });
    driver.pass(20_000);
    expect(driver.last?.state.effectiveRate).toBe(7);
    const ids = ask(driver, 5);
    driver.beat();
    expect(driver.last?.state.effectiveRate).toBe(8);
    for (const id of ids) driver.complete(id);
    driver.pass(9_999);
    ask(driver, 5);
    driver.beat();
    expect(driver.last?.state.effectiveRate).toBe(8);
  });

  it('opens when the vendor counts no calls as left, and believes no reset beyond an hour', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    driver.settle(driver.acquire(), { kind: 'complete', quota: { remaining: 1, resetMs: 5_000 } });
    expect(driver.last?.state.gate).toBe('closed');
    driver.settle(driver.acquire(), { kind: 'complete', quota: { remaining: 0, resetMs: 86_400_000 } });
    expect(driver.last?.state).toMatchObject({ gate: 'open', gateReason: 'throttled', gateMs: 3_600_000 });
    expect(driver.last?.state.effectivePlaces).toBe(64);
  });
});

describe('the gate of a failing vendor', () => {
  it.each([
    ['five failures in a row', 'FFFFF', 'open'],
    ['four failures in a row', 'FFFF', 'closed'],
    ['a success between the failures', 'FFFFSFFFF', 'closed'],
    ['half of ten', 'SFSFSFSFSF', 'open'],
    ['less than half of ten', 'SFSFSFSSSF', 'closed'],
    ['half of nine', 'SFSFSFSFF', 'closed'],
    ['a call between the failures that was not sent', 'FFUFFF', 'open'],
  ])('is %2$s after %1$s', (_name, outcomes, gate) => {
    const driver = new ModelDriver(SPID_LIMITS);
    const kinds: Record<string, CallOutcome> = { F: FAILED, S: { kind: 'complete' }, U: { kind: 'unsent' } };
    for (const letter of outcomes) driver.settle(driver.acquire(), kinds[letter] ?? FAILED);
    expect(driver.last?.state.gate).toBe(gate);
  });

  it('forgets outcomes after 30 s', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    for (let pair = 0; pair < 4; pair += 1) {
      driver.settle(driver.acquire(), FAILED);
      driver.complete(driver.acquire());
    }
    driver.nowMs += 30_000;
    for (let pair = 0; pair < 4; pair += 1) {
      driver.complete(driver.acquire());
      driver.settle(driver.acquire(), FAILED);
    }
    expect(driver.last?.state.gate).toBe('closed');
  });

  it('refuses what waits at once', () => {
    const driver = new ModelDriver();
    const ids = ask(driver, 10);
    const waiting = driver.acquire({ caller: 'delta' });
    for (const id of ids.slice(0, 5)) driver.settle(id, FAILED);
    expect(driver.refusal(waiting)).toMatchObject({
      reason: 'breaker-open',
      retryAfterMs: 1_000,
      atMs: driver.nowMs,
    });
  });

  it('does not count failures of calls that were granted before it opened', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    const ids = ask(driver, 20);
    for (const id of ids.slice(0, 5)) driver.settle(id, FAILED);
    driver.nowMs += 1_000;
    driver.complete(driver.acquire());
    for (const id of ids.slice(5)) driver.settle(id, FAILED);
    expect(driver.last?.state.gate).toBe('closed');
  });

  it('opens for every replica, and is not opened again by what others find while it probes', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    driver.step({ step: 'open', reason: 'failing', forMs: 1_000 }, 'r2');
    expect(driver.refusal(driver.acquire())).toMatchObject({ reason: 'breaker-open' });
    driver.nowMs += 1_000;
    driver.step({ step: 'open', reason: 'failing', forMs: 1_000 }, 'r3');
    expect(driver.isGranted(driver.acquire())).toBe(true);
  });
});

const READ: Partial<BudgetRequest> = { probeMs: 1_000 };

/** Its gate is half-open. */
function failing(outcome = FAILED, limits = SPID_LIMITS): ModelDriver {
  const driver = new ModelDriver(limits);
  for (let call = 0; call < 5; call += 1) driver.settle(driver.acquire(), outcome);
  driver.nowMs += 1_000;
  return driver;
}

function probeMsOf(driver: ModelDriver, id: string): number | undefined {
  const decision = driver.decision(id);
  return decision?.granted ? decision.probeMs : undefined;
}

describe('a probe of a failing vendor', () => {
  it('is alone until its socket is closed, however long that takes', () => {
    const driver = failing();
    const probe = driver.acquire();
    driver.pass(10_000);
    expect(driver.refusal(driver.acquire())).toMatchObject({ reason: 'breaker-open', retryAfterMs: 1_000 });
    driver.step({ step: 'settle', id: probe, outcome: LOST });
    driver.pass(1_999);
    expect(driver.refusal(driver.acquire(READ))).toBeDefined();
    driver.step({ step: 'settle', id: probe, release: true });
    expect(driver.isGranted(driver.acquire(READ))).toBe(true);
  });

  it('has the time of its request when it is a read', () => {
    const driver = failing();
    const id = driver.acquire({ probeMs: 1_700 });
    expect(probeMsOf(driver, id)).toBe(1_700);
    driver.nowMs += 600;
    driver.acquire({ probeMs: 1_700, id });
    expect(probeMsOf(driver, id)).toBe(1_100);
    driver.beat('r1', [], [id]);
    expect(probeMsOf(driver, id)).toBe(1_100);
  });

  it.each([
    ['at once after one that had no response for a second', 1_000, LOST, 0],
    ['a second after one that failed', 5, FAILED, 995],
    ['at once after one that was not sent', 5, { kind: 'unsent' } as const, 0],
  ])('follows %s', (_name, tookMs, outcome, waitMs) => {
    const driver = failing();
    const probe = driver.acquire(READ);
    driver.nowMs += tookMs;
    driver.settle(probe, outcome);
    driver.nowMs += Math.max(0, waitMs - 1);
    if (waitMs > 0) expect(driver.refusal(driver.acquire(READ))).toBeDefined();
    driver.nowMs += waitMs > 0 ? 1 : 0;
    expect(driver.isGranted(driver.acquire(READ))).toBe(true);
  });

  it('is no write while reads ask', () => {
    const driver = failing();
    driver.settle(driver.acquire(READ), FAILED);
    driver.nowMs += 1_499;
    expect(driver.refusal(driver.acquire())).toMatchObject({ reason: 'breaker-open' });
    driver.nowMs += 1;
    expect(driver.isGranted(driver.acquire())).toBe(true);
  });

  it('is no write after a read that was refused, either', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    driver.step({ step: 'open', reason: 'failing', forMs: 1_000 });
    driver.nowMs += 900;
    expect(driver.refusal(driver.acquire(READ))).toBeDefined();
    driver.nowMs += 100;
    expect(driver.refusal(driver.acquire())).toBeDefined();
    expect(driver.isGranted(driver.acquire(READ))).toBe(true);
  });

  it('gets longer at each twentieth in a row without a response, up to a whole attempt', () => {
    const driver = failing();
    const times = Array.from({ length: 100 }, () => {
      const probe = driver.acquire(READ);
      driver.nowMs += 1_000;
      driver.settle(probe, LOST);
      return probeMsOf(driver, probe);
    });
    const longer = times.flatMap((ms, index) => (ms === 1_000 ? [] : [[index + 1, ms]]));
    expect(longer).toEqual([
      [20, 2_000],
      [40, 4_000],
      [60, 8_000],
      [80, 10_000],
      [100, 10_000],
    ]);
  });

  it('is no longer than others after one that had a response', () => {
    const driver = failing();
    for (let probe = 0; probe < 40; probe += 1) {
      const id = driver.acquire(READ);
      expect(probeMsOf(driver, id)).toBe(1_000);
      driver.nowMs += 1_000;
      driver.settle(id, probe % 19 === 18 ? FAILED : LOST);
    }
  });

  it('is under way for as long as it can be when its replica is dead', () => {
    const driver = failing();
    const write = driver.acquire({ replica: 'r2' });
    expect(probeMsOf(driver, write)).toBe(14_500);
    driver.pass(14_499);
    expect(driver.refusal(driver.acquire(READ))).toBeDefined();
    driver.pass(1);
    expect(driver.isGranted(driver.acquire(READ))).toBe(true);
  });

  it('is followed three seconds after the death of its replica when it was a read', () => {
    const driver = failing();
    driver.acquire({ ...READ, replica: 'r2' });
    driver.pass(2_999);
    expect(driver.refusal(driver.acquire(READ))).toBeDefined();
    driver.pass(1);
    expect(driver.isGranted(driver.acquire(READ))).toBe(true);
  });

  it('is alone when the gate was closed and opened again meanwhile', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    const before = driver.acquire();
    driver.step({ step: 'open', reason: 'failing', forMs: 1_000 });
    driver.nowMs += 1_000;
    driver.acquire();
    driver.complete(before);
    expect(driver.last?.state.gate).toBe('closed');
    for (let call = 0; call < 5; call += 1) driver.settle(driver.acquire(), FAILED);
    driver.nowMs += 1_000;
    expect(driver.refusal(driver.acquire(READ))).toBeDefined();
  });

  it('is alone when the state has lost it and its replica reports it', () => {
    const driver = failing();
    const held = { caller: 'alpha', callClass: 'interactive', operation: 'get' } as const;
    driver.step({ step: 'beat', held: [{ ...held, id: 'lost', isProbe: true }], waiting: [] }, 'r2');
    driver.nowMs += 2_100;
    driver.step({ step: 'beat', held: [{ ...held, id: 'lost', isProbe: true }], waiting: [] }, 'r2');
    expect(driver.refusal(driver.acquire(READ))).toMatchObject({ reason: 'breaker-open' });
    driver.settle('lost', LOST, 'r2');
    expect(driver.isGranted(driver.acquire(READ))).toBe(true);
  });
});

describe('a probe after throttling', () => {
  it('has all its time when it asks then, too', () => {
    const driver = new ModelDriver();
    driver.settle(driver.acquire(), { kind: 'throttled', retryAfterMs: 1_000 });
    driver.nowMs += 1_000;
    expect(probeMsOf(driver, driver.acquire(READ))).toBe(14_500);
  });

  it('may be a write while reads ask, has all its time, and is alone', () => {
    const driver = new ModelDriver();
    driver.settle(driver.acquire(), { kind: 'throttled', retryAfterMs: 1_000 });
    const waiting = [READ, {}, READ].map((request) => driver.acquire({ ...request, waitMs: 20_000 }));
    driver.pass(1_000);
    expect(probeMsOf(driver, waiting[0] ?? '')).toBe(14_500);
    driver.pass(8_000);
    expect(driver.granted).toHaveLength(2);
    driver.complete(waiting[0] ?? '');
    expect(driver.granted).toHaveLength(4);
  });
});
