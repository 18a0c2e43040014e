import {
  HELD_WINDOW_MS,
  IMPORT2_LIMITS,
  ModelDriver,
  SPID_LIMITS,
} from '../../../../test/upstreams/budget/model.driver.js';

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index));

/** Ten calls of as many operations, so that no cap but the rate binds. */
function fill(driver: ModelDriver, count = 10): string[] {
  return times(count, (index) =>
    driver.acquire({ operation: `op${index}`, caller: index % 2 ? 'alpha' : 'beta' }),
  );
}

describe('stepBudget with a rate', () => {
  it('grants as many calls as the window allows, and the next when a window has passed since a head', () => {
    const driver = new ModelDriver();
    const ids = fill(driver);
    expect(driver.granted).toStrictEqual(ids);
    const next = driver.acquire();
    driver.nowMs += 300;
    driver.step({ step: 'settle', id: 'c1', head: true });
    driver.nowMs += HELD_WINDOW_MS - 1;
    driver.beat();
    expect(driver.decision(next)).toBeUndefined();
    driver.nowMs += 1;
    driver.beat();
    expect(driver.isGranted(next)).toBe(true);
  });

  it('frees the slot of a call that was not sent at once', () => {
    const driver = new ModelDriver();
    fill(driver);
    const next = driver.acquire();
    driver.step({ step: 'cancel', id: 'c3' });
    expect(driver.isGranted(next)).toBe(true);
  });

  it('applies the larger rate to replicas whose settings differ, each of which shows its own', () => {
    const driver = new ModelDriver();
    const as = (calls: number) => (driver.limits = { ...IMPORT2_LIMITS, rate: { calls, windowMs: 1_000 } });
    for (let index = 0; index < 20; index += 1) {
      const isOld = index % 2 === 0;
      as(isOld ? 10 : 5);
      driver.acquire({ replica: isOld ? 'old' : 'new', operation: `op${index}`, caller: `caller${index}` });
      expect(driver.last?.state.effectiveRate).toBe(isOld ? 10 : 5);
    }
    expect(driver.granted).toHaveLength(10);
    as(5);
    for (const id of driver.granted) driver.complete(id, Number(id.slice(1)) % 2 ? 'old' : 'new');
    driver.nowMs += HELD_WINDOW_MS;
    driver.beat('new');
    expect(driver.granted).toHaveLength(15);
  });

  it('holds the slot of a lost call for the time that its request may still be under way', () => {
    const driver = new ModelDriver();
    fill(driver);
    const next = driver.acquire();
    driver.settle('c1', { kind: 'lost' });
    driver.pass(2_000 + HELD_WINDOW_MS - 1);
    expect(driver.isGranted(next)).toBe(false);
    driver.pass(1);
    expect(driver.isGranted(next)).toBe(true);
  });
});

describe('stepBudget without a rate', () => {
  it('gives one operation half of the places, and another operation the rest', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    times(64, (index) => driver.acquire({ caller: `c${index % 4}` }));
    expect(driver.granted).toHaveLength(32);
    times(64, (index) => driver.acquire({ caller: `c${index % 4}`, operation: 'other' }));
    expect(driver.granted).toHaveLength(64);
  });

  it('refuses all calls at once after five failures, and lets one probe through after a second', () => {
    const driver = new ModelDriver(SPID_LIMITS);
    const ids = times(6, () => driver.acquire());
    for (const id of ids.slice(0, 5)) driver.settle(id, { kind: 'lost' });
    expect(driver.last?.state).toMatchObject({ gate: 'open', gateReason: 'failing', gateMs: 1_000 });
    expect(driver.refusal(driver.acquire())).toMatchObject({ reason: 'breaker-open', retryAfterMs: 1_000 });
    driver.nowMs += 1_000;
    const probe = driver.acquire();
    expect(driver.isGranted(probe)).toBe(true);
    expect(driver.refusal(driver.acquire())).toMatchObject({ reason: 'breaker-open' });
    driver.complete(probe);
    expect(driver.last?.state.gate).toBe('closed');
    expect(driver.isGranted(driver.acquire())).toBe(true);
  });
});
