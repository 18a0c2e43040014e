import { ModelDriver, SPID_LIMITS } from '../../../../test/upstreams/budget/model.driver.js';
import type { CallOutcome } from '../budget.types.js';

const FAILED: CallOutcome = { kind: 'failed' };
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
