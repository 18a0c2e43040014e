import { HELD_WINDOW_MS, ModelDriver, SPID_LIMITS } from '../../../../test/upstreams/budget/model.driver.js';
import type { StepContext } from '../budget.protocol.js';
import { stepBudget } from './budget.model.js';

function ask(driver: ModelDriver, calls: number, replica: string): string[] {
  return Array.from({ length: calls }, (_, index) =>
    driver.acquire({ replica, operation: `op${index % 4}`, caller: `c${index % 3}` }),
  );
}

/** A step with the evidence that a replica brings. */
function stepWith(driver: ModelDriver, context: Partial<StepContext>, serverMs = driver.nowMs) {
  const step = { step: 'beat', held: [], waiting: driver.waitingOf('r1') } as const;
  const input = { limits: driver.limits, context: { replica: 'r1', seq: 0, ...context }, step };
  return stepBudget(driver.state, serverMs, input);
}

describe('a replica that dies', () => {
  it('gives its places back after three seconds, and its waiting calls with them', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    driver.beat('r2');
    ask(driver, 3, 'r1');
    driver.pass(2_999, 'r2');
    expect(driver.last?.state.placesUsed).toBe(3);
    driver.pass(1, 'r2');
    expect(driver.last).toMatchObject({ replicas: 1, state: { placesUsed: 0 } });
  });

  it('keeps its rate slots until its calls can no longer be counted', () => {
    const driver = new ModelDriver();
    ask(driver, 10, 'r1');
    const waiting = driver.acquire({ replica: 'r2', waitMs: 50_000 });
    driver.pass(3_000 + 2_000 + HELD_WINDOW_MS - 1, 'r2');
    expect(driver.isGranted(waiting)).toBe(false);
    driver.pass(1, 'r2');
    expect(driver.isGranted(waiting)).toBe(true);
  });

  it('gets no grants from when it is silent for 1.5 s', () => {
    const driver = new ModelDriver();
    const ids = ask(driver, 10, 'r2');
    const silent = driver.acquire({ replica: 'r1', waitMs: 60_000 });
    const other = driver.acquire({ replica: 'r2', caller: 'beta', waitMs: 60_000 });
    for (const id of ids) driver.step({ step: 'settle', id, head: true }, 'r2');
    driver.nowMs += 500;
    driver.beat('r2');
    driver.nowMs += 1_500;
    driver.beat('r2');
    expect(driver.isGranted(silent)).toBe(false);
    expect(driver.isGranted(other)).toBe(true);
  });

  it('has its places again when it was only slow', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    driver.beat('r2');
    const held = ask(driver, 3, 'r1');
    driver.pass(3_500, 'r2');
    driver.beat('r1', held);
    expect(driver.last?.state.placesUsed).toBe(3);
    expect(driver.state.learnMs).toBe(0);
  });

  it('leaves with what waits, and keeps what is under way', () => {
    const driver = new ModelDriver();
    ask(driver, 12, 'r1');
    driver.step({ step: 'leave' }, 'r1');
    expect(driver.last?.state).toMatchObject({ placesUsed: 10, waiting: { interactive: 0 } });
  });
});

describe('a replica that may count by itself', () => {
  const SHARE = { calls: 4, places: 7, replicas: 2 };

  /** Of as many replicas as are expected. */
  function start(): ModelDriver {
    const driver = new ModelDriver();
    for (const replica of ['r1', 'r2']) beat(driver, replica);
    driver.nowMs += 10_000;
    for (const replica of ['r1', 'r2']) beat(driver, replica);
    return driver;
  }

  const beat = (driver: ModelDriver, replica: string) =>
    stepWith(driver, { replica, share: SHARE, last: { storeMs: driver.nowMs, agoMs: 0 } });

  function allowed(driver: ModelDriver, afterMs = 0): unknown {
    driver.nowMs += afterMs;
    const { effectiveRate, effectivePlaces } = beat(driver, 'r1').state;
    return [effectiveRate, effectivePlaces];
  }

  it('is left what it has told from when it is silent for 1.5 s, for ten minutes', () => {
    const driver = start();
    expect(allowed(driver, 1_499)).toEqual([10, 16]);
    expect(allowed(driver, 1)).toEqual([6, 9]);
    for (let passedMs = 1_500; passedMs < 599_500; passedMs += 500)
      expect(allowed(driver, 500)).toEqual([6, 9]);
    expect(allowed(driver, 500)).toEqual([10, 16]);
  });

  it('is left that for 6 s after another has come, which may have replaced it', () => {
    const driver = start();
    driver.nowMs += 1_500;
    allowed(driver);
    beat(driver, 'r3');
    for (let passedMs = 500; passedMs < 6_000; passedMs += 500) {
      expect(allowed(driver, 500)).toEqual([6, 9]);
      beat(driver, 'r3');
    }
    expect(allowed(driver, 500)).toEqual([10, 16]);
  });

  it('is no longer taken for replaced as soon as one of the others leaves', () => {
    const driver = start();
    for (let passedMs = 0; passedMs < 10_000; passedMs += 500) {
      allowed(driver, 500);
      beat(driver, 'r3');
    }
    expect(allowed(driver)).toEqual([10, 16]);
    driver.step({ step: 'leave' }, 'r3');
    expect(allowed(driver)).toEqual([6, 9]);
  });

  it('is left nothing when it has left', () => {
    const driver = start();
    driver.step({ step: 'leave' }, 'r2');
    for (let passedMs = 0; passedMs < 10_000; passedMs += 500) expect(allowed(driver, 500)).toEqual([10, 16]);
  });

  it('is before the others in their order, so that none of them takes its place', () => {
    const driver = start();
    beat(driver, 'r2');
    driver.nowMs += 3_000;
    beat(driver, 'r3');
    expect(beat(driver, 'r1').rank).toBe(2);
  });
});

describe('a beat', () => {
  it('drops a grant that its replica does not know once it is too old to be used', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    ask(driver, 1, 'r1');
    driver.nowMs += 2_499;
    driver.beat('r1', []);
    expect(driver.last?.state.placesUsed).toBe(1);
    driver.nowMs += 1;
    driver.beat('r1', []);
    expect(driver.last?.state.placesUsed).toBe(0);
  });

  it('returns the grant of a call that its replica believes to wait, and the calls that are not known', () => {
    const driver = new ModelDriver();
    const [id = ''] = ask(driver, 1, 'r1');
    driver.nowMs += 500;
    const reply = driver.beat('r1', [], [id, 'other']);
    expect(reply.results).toStrictEqual([{ id, granted: true, sendWithinMs: 2_000 }]);
    expect(reply.unknown).toStrictEqual(['other']);
  });

  it('drops a waiting call of a replica that does not list it for a second', () => {
    const driver = new ModelDriver();
    ask(driver, 11, 'r1');
    driver.nowMs += 999;
    driver.beat('r1', driver.heldBy('r1'), []);
    expect(driver.state.waiting).toHaveLength(1);
    driver.nowMs += 1;
    driver.beat('r1', driver.heldBy('r1'), []);
    expect(driver.state.waiting).toHaveLength(0);
  });

  it('counts a call that the state has lost, and grants nothing until all such calls are known', () => {
    const driver = new ModelDriver();
    driver.beat('r1');
    driver.beat('r1', ['lost']);
    expect(driver.last?.state).toMatchObject({ placesUsed: 1, slotsUsed: 1 });
    const waiting = driver.acquire({ waitMs: 60_000 });
    expect(driver.isGranted(waiting)).toBe(false);
    driver.pass(2_000 + HELD_WINDOW_MS);
    expect(driver.isGranted(waiting)).toBe(true);
  });
});

describe('a store that has lost writes', () => {
  it.each<[string, Partial<StepContext>]>([
    ['a replica has seen more steps', { seq: 1_000 }],
    ['the server is another one', { server: 'second' }],
  ])('grants nothing for a window when %s', (_name, context) => {
    const driver = new ModelDriver();
    stepWith(driver, { server: 'first', last: { storeMs: driver.nowMs, agoMs: 0 } });
    stepWith(driver, { server: 'first', last: { storeMs: driver.nowMs, agoMs: 0 }, ...context });
    expect(driver.state.learnMs).toBe(driver.nowMs + 2_000 + HELD_WINDOW_MS);
    expect(driver.state.seq).toBeGreaterThan(context.seq ?? 0);
    expect(driver.decision(driver.acquire())).toBeUndefined();
    expect(driver.refusal(driver.acquire({ waitMs: 1_000 }))).toMatchObject({ reason: 'no-time' });
  });
});

describe("the account's clock", () => {
  const start = () => {
    const driver = new ModelDriver();
    driver.beat('r1');
    return driver;
  };

  it('stands still for a step when the server is set forward, and follows again from there', () => {
    const driver = start();
    const at = driver.nowMs;
    expect(stepWith(driver, { last: { storeMs: at, agoMs: 100 } }, at + 30_100).storeMs).toBe(at);
    expect(stepWith(driver, { last: { storeMs: at, agoMs: 50 } }, at + 30_150).storeMs).toBe(at + 50);
  });

  it('follows a server that was only slow', () => {
    const driver = start();
    const at = driver.nowMs;
    expect(stepWith(driver, { last: { storeMs: at, agoMs: 100 } }, at + 350).storeMs).toBe(at + 350);
  });

  it('does not run back, and goes on when the server is set back', () => {
    const driver = start();
    const at = driver.nowMs;
    expect(stepWith(driver, { last: { storeMs: at, agoMs: 10 } }, at - 2_000).storeMs).toBe(at);
    expect(stepWith(driver, { last: { storeMs: at, agoMs: 10 } }, at - 1_900).storeMs).toBe(at + 100);
  });

  it('counts no time for slots when a replica without a reply comes', () => {
    const driver = new ModelDriver();
    const ids = ask(driver, 10, 'r1');
    for (const id of ids) driver.complete(id);
    driver.nowMs += 900;
    stepWith(driver, { replica: 'r2' });
    driver.nowMs += HELD_WINDOW_MS - 1;
    driver.beat('r1');
    expect(driver.last?.state.slotsUsed).toBe(10);
    driver.nowMs += 1;
    driver.beat('r1');
    expect(driver.last?.state.slotsUsed).toBe(0);
  });

  it('counts the time that others have shown when a replica without a reply comes', () => {
    const driver = new ModelDriver();
    for (const id of ask(driver, 9, 'r1')) driver.complete(id);
    driver.nowMs += 400;
    ask(driver, 1, 'r1');
    driver.nowMs += 100;
    driver.beat('r1');
    driver.nowMs += 5;
    stepWith(driver, { replica: 'r2' });
    driver.nowMs += HELD_WINDOW_MS - 501;
    driver.beat('r1');
    expect(driver.last?.state.slotsUsed).toBe(10);
    driver.nowMs += 1;
    driver.beat('r1');
    expect(driver.last?.state.slotsUsed).toBe(1);
  });
});

describe('a repeated step', () => {
  it('changes nothing', () => {
    const driver = new ModelDriver();
    const ids = ask(driver, 12, 'r1');
    const twice = (does: () => void) => {
      does();
      const { seq: _seq, ...before } = structuredClone(driver.state);
      does();
      const { seq: _again, ...after } = driver.state;
      expect(after).toStrictEqual(before);
    };
    twice(() => driver.step({ step: 'settle', id: ids[0] ?? '', head: true }));
    twice(() => driver.settle(ids[0] ?? '', { kind: 'complete' }));
    twice(() => driver.settle(ids[1] ?? '', { kind: 'throttled', retryAfterMs: 500 }));
    twice(() => driver.settle(ids[2] ?? '', { kind: 'lost' }));
    twice(() => driver.settle(ids[3] ?? '', { kind: 'failed' }));
    twice(() => driver.step({ step: 'cancel', id: ids[4] ?? '' }));
    twice(() => driver.step({ step: 'cancel', id: ids[11] ?? '' }));
    twice(() => driver.acquire({ id: ids[5] ?? '' }));
    twice(() => driver.acquire({ id: ids[10] ?? '', caller: 'c1' }));
    twice(() => driver.beat('r1'));
    expect(driver.decisions.filter(({ id }) => id === ids[5])).toHaveLength(3);
  });
});
