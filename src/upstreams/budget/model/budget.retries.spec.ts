import * as fc from 'fast-check';
import { IMPORT2_LIMITS, ModelDriver, SPID_LIMITS } from '../../../../test/upstreams/budget/model.driver.js';
import type { CallOutcome } from '../budget.types.js';

const UNSENT: CallOutcome = { kind: 'unsent' };

/** More retries than there can be. */
const TRIES = 50;

/** Enough places and slots for every retry at once. */
const WIDE = { ...SPID_LIMITS, places: 800 };

function retry(driver: ModelDriver, request: Parameters<ModelDriver['acquire']>[0] = {}): string {
  return driver.acquire({ isRetry: true, ...request });
}

function succeed(driver: ModelDriver, calls: number): void {
  for (let call = 0; call < calls; call += 1) driver.complete(driver.acquire({ caller: `s${call % 4}` }));
}

/** Retries until one is refused, from many callers, so that nothing but the retry budget refuses them. */
function takeAll(driver: ModelDriver): string[] {
  const taken: string[] = [];
  while (taken.length < TRIES) {
    const id = retry(driver, { caller: `r${taken.length % 8}`, operation: `op${taken.length % 8}` });
    const refusal = driver.refusal(id);
    if (refusal) {
      expect(refusal).toMatchObject({ reason: 'no-retries', retryAfterMs: 1_000 });
      return taken;
    }
    taken.push(id);
  }
  return taken;
}

/** A rate of three, in use by calls that hold it for long; one of them is a retry. */
function busy(): ModelDriver {
  const driver = new ModelDriver({ ...IMPORT2_LIMITS, rate: { calls: 3, windowMs: 20_000 } });
  for (let call = 0; call < 3; call += 1) {
    driver.acquire({ caller: `b${call}`, operation: `b${call}`, isRetry: call === 0 });
  }
  return driver;
}

describe('the retry budget', () => {
  it('has ten retries', () => expect(takeAll(new ModelDriver(WIDE))).toHaveLength(10));

  it.each([
    [1, 1],
    [3, 3],
    [10, 10],
    [50, 10],
  ])('of a vendor that allows %i calls a window has %i', (calls, retries) => {
    const driver = new ModelDriver({ ...WIDE, rate: { calls, windowMs: 10 } });
    let made = 0;
    while (made < TRIES) {
      const id = retry(driver, { waitMs: 0 });
      if (driver.refusal(id)) break;
      made += 1;
      driver.settle(id, { kind: 'lost' });
      driver.step({ step: 'open', reason: 'throttled', forMs: 0 });
      driver.nowMs += 5_000;
      driver.state.gate = new ModelDriver().state.gate;
    }
    expect(driver.decisions.at(-1)).toMatchObject({ reason: 'no-retries' });
    expect(made).toBe(retries);
  });

  it('earns one with ten successes', () => {
    const driver = new ModelDriver(WIDE);
    takeAll(driver);
    succeed(driver, 9);
    expect(takeAll(driver)).toHaveLength(0);
    succeed(driver, 1);
    expect(takeAll(driver)).toHaveLength(1);
    succeed(driver, 25);
    expect(takeAll(driver)).toHaveLength(2);
    succeed(driver, 5);
    expect(takeAll(driver)).toHaveLength(1);
  });

  it('saves no more than ten', () => {
    const driver = new ModelDriver(WIDE);
    succeed(driver, 300);
    expect(takeAll(driver)).toHaveLength(10);
    succeed(driver, 300);
    expect(takeAll(driver)).toHaveLength(10);
  });

  it.each<CallOutcome>([
    { kind: 'failed' },
    { kind: 'lost' },
    { kind: 'unreachable' },
    { kind: 'unsent' },
    { kind: 'throttled', retryAfterMs: 0 },
  ])('earns nothing with a call that was $kind', (outcome) => {
    const driver = new ModelDriver(WIDE);
    takeAll(driver);
    succeed(driver, 9);
    driver.settle(driver.acquire(), outcome);
    driver.pass(1);
    expect(takeAll(driver)).toHaveLength(0);
    succeed(driver, 1);
    expect(takeAll(driver)).toHaveLength(1);
  });

  it('earns with the success of a retry too', () => {
    const driver = new ModelDriver(WIDE);
    for (const id of takeAll(driver)) driver.complete(id);
    expect(takeAll(driver)).toHaveLength(1);
  });

  it('earns once with a success that is reported twice', () => {
    const driver = new ModelDriver(WIDE);
    takeAll(driver);
    const id = driver.acquire();
    for (let report = 0; report < 10; report += 1) {
      driver.step({ step: 'settle', id, outcome: { kind: 'complete' } });
    }
    expect(takeAll(driver)).toHaveLength(0);
    succeed(driver, 9);
    expect(takeAll(driver)).toHaveLength(1);
  });

  it('is one for all callers and replicas', () => {
    const driver = new ModelDriver(WIDE);
    const ids = Array.from({ length: 12 }, (_, at) =>
      retry(driver, { replica: `r${at % 3}`, caller: `c${at % 4}`, operation: `op${at % 5}` }),
    );
    expect(ids.filter((id) => driver.isGranted(id))).toHaveLength(10);
  });

  it('takes nothing more for a retry that is asked for again with its id, granted or waiting', () => {
    const driver = new ModelDriver(WIDE);
    for (let ask = 0; ask < 20; ask += 1) retry(driver, { id: 'again' });
    expect(takeAll(driver)).toHaveLength(9);
    const waiting = busy();
    for (let ask = 0; ask < 20; ask += 1) retry(waiting, { id: 'again', waitMs: 600_000 });
    expect(waiting.waitingOf('r1')).toEqual(['again']);
    expect(waiting.state.pace.retryTenths).toBe(20);
  });

  it('takes nothing for a retry that has no time', () => {
    const driver = busy();
    for (let ask = 0; ask < 20; ask += 1) {
      expect(driver.refusal(retry(driver, { waitMs: 0 }))).toMatchObject({ reason: 'no-time' });
    }
    expect(driver.state.pace.retryTenths).toBe(10);
  });

  it('takes nothing for a retry that the open breaker refuses', () => {
    const driver = new ModelDriver(WIDE);
    driver.step({ step: 'open', reason: 'failing', forMs: 1_000 });
    for (let ask = 0; ask < 20; ask += 1) {
      expect(driver.refusal(retry(driver))).toMatchObject({ reason: 'breaker-open' });
    }
    expect(driver.state.pace.retryTenths).toBe(0);
  });

  describe('gets back one retry, once,', () => {
    it.each<[name: string, giveBack: (driver: ModelDriver, id: string) => void]>([
      ['that was not sent', (driver, id) => driver.settle(id, UNSENT)],
      ['that reached no server', (driver, id) => driver.settle(id, { kind: 'unreachable' })],
      ['whose caller hung up before it was sent', (driver, id) => driver.step({ step: 'cancel', id })],
    ])('%s', (_name, giveBack) => {
      const driver = new ModelDriver(WIDE);
      const [first = ''] = takeAll(driver);
      giveBack(driver, first);
      giveBack(driver, first);
      expect(takeAll(driver)).toHaveLength(1);
    });

    it.each<[name: string, leave: (driver: ModelDriver, ids: readonly string[]) => void]>([
      [
        'whose caller hung up while it waited',
        (driver, ids) => ids.forEach((id) => driver.step({ step: 'cancel', id })),
      ],
      [
        'whose time was over',
        (driver) => {
          driver.nowMs += 120_001;
          driver.beat('r2');
        },
      ],
      [
        'that an opened breaker refused',
        (driver) => driver.step({ step: 'open', reason: 'failing', forMs: 1_000 }),
      ],
      ['whose replica left', (driver) => driver.step({ step: 'leave' }, 'r2')],
      ['whose replica died', (driver) => driver.pass(3_500)],
      [
        'that its replica no longer has',
        (driver) => {
          driver.nowMs += 1_000;
          driver.beat('r2', [], []);
        },
      ],
    ])('%s, and none for a first call that leaves with it', (_name, leave) => {
      const driver = busy();
      expect(driver.state.pace.retryTenths).toBe(10);
      const request = { replica: 'r2', waitMs: 120_000 };
      const waiting = [retry(driver, request), driver.acquire({ ...request, caller: 'other' })];
      expect(driver.waitingOf('r2')).toEqual(waiting);
      expect(driver.state.pace.retryTenths).toBe(20);
      leave(driver, waiting);
      expect(driver.waitingOf('r2')).toEqual([]);
      expect(driver.state.pace.retryTenths).toBe(10);
    });

    it('and has never more than ten', () => {
      const driver = new ModelDriver(WIDE);
      const held = retry(driver);
      succeed(driver, 10);
      driver.settle(held, UNSENT);
      expect(takeAll(driver)).toHaveLength(10);
    });
  });

  it('does not get back a retry whose response has begun, or was lost', () => {
    const driver = new ModelDriver(WIDE);
    const [first = '', second = ''] = takeAll(driver);
    driver.step({ step: 'settle', id: first, head: true });
    driver.step({ step: 'cancel', id: first });
    driver.settle(second, { kind: 'lost' });
    driver.step({ step: 'cancel', id: second });
    expect(takeAll(driver)).toHaveLength(0);
  });

  it('keeps retries that were sent to ten and a tenth of the successes, whatever happens', () => {
    const kinds = fc.constantFrom('retry', 'retry', 'success', 'success', 'unsent', 'lost', 'cancel');
    fc.assert(
      fc.property(fc.array(kinds, { maxLength: 200 }), (steps) => {
        const driver = new ModelDriver(WIDE);
        let sent = 0;
        let successes = 0;
        for (const kind of steps) {
          const id = kind === 'retry' || kind === 'success' ? '' : retry(driver);
          if (kind === 'success') successes += 1;
          if (kind === 'success') succeed(driver, 1);
          else if (kind === 'retry') sent += driver.isGranted(retry(driver, { caller: `c${sent}` })) ? 1 : 0;
          else if (kind === 'lost' && driver.isGranted(id)) sent += 1;
          if (kind === 'cancel') driver.step({ step: 'cancel', id });
          else if (kind === 'unsent' || kind === 'lost') driver.settle(id, { kind });
          driver.state.gate = new ModelDriver().state.gate;
        }
        expect(sent).toBeLessThanOrEqual(10 + Math.floor(successes / 10));
      }),
      { numRuns: 50 },
    );
  });
});
