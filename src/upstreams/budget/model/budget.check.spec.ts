import * as fc from 'fast-check';
import { ModelDriver, SPID_LIMITS } from '../../../../test/upstreams/budget/model.driver.js';
import type { CallOutcome } from '../budget.types.js';

const LIMITS = { ...SPID_LIMITS, places: 4 };

const request = fc.record({
  caller: fc.constantFrom('alpha', 'beta'),
  operation: fc.constantFrom('get', 'create'),
  waitMs: fc.integer({ min: 0, max: 3_000 }),
});

const outcome = fc.constantFrom<CallOutcome['kind'][]>(
  'complete',
  'complete',
  'complete',
  'throttled',
  'failed',
  'failed',
);

const happening = fc.oneof(
  { weight: 4, arbitrary: request },
  { weight: 2, arbitrary: fc.record({ settles: fc.nat(10), outcome }) },
  { weight: 1, arbitrary: fc.record({ passMs: fc.integer({ min: 0, max: 1_500 }) }) },
);

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function after(happenings: readonly Happening[]): ModelDriver {
  const driver = new ModelDriver(LIMITS);
  for (const each of happenings) {
    if ('passMs' in each) driver.pass(each.passMs);
    else if ('waitMs' in each) driver.acquire(each);
    else {
      const held = driver.heldBy('r1');
      const id = held[each.settles % Math.max(1, held.length)];
      const settled: CallOutcome =
        each.outcome === 'throttled' ? { kind: 'throttled', retryAfterMs: 2_000 } : { kind: each.outcome };
      if (id !== undefined) driver.settle(id, settled);
    }
  }
  return driver;
}

describe('the check of a call that does not ask for its place yet', () => {
  it('refuses what would be refused, as it would be, and nothing else', () => {
    let refusals = 0;
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), request, (happenings, asked) => {
        const [checked, acquired] = [after(happenings), after(happenings)];
        const weighed = { ...asked, weight: 1, callClass: 'interactive' as const };
        checked.step({ step: 'check', id: 'last', ...weighed });
        acquired.step({ step: 'acquire', id: 'last', ...weighed });
        const refusal = acquired.refusal('last');
        expect(checked.refusal('last')).toEqual(refusal);
        if (refusal) refusals += 1;
      }),
      { numRuns: 500 },
    );
    expect(refusals).toBeGreaterThan(20);
  });

  it('takes nothing', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), request, (happenings, asked) => {
        const driver = after(happenings);
        driver.beat();
        const [held, waiting] = [driver.heldBy('r1'), driver.waitingOf('r1')];
        driver.step({ step: 'check', id: 'last', ...asked, weight: 1, callClass: 'interactive' });
        expect(driver.heldBy('r1')).toEqual(held);
        expect(driver.waitingOf('r1')).toEqual(waiting);
        expect(driver.isGranted('last')).toBe(false);
      }),
    );
  });
});
