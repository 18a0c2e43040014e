import { budgetOutcomeOf } from './budget.outcome.js';
import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  RejectedError,
  ThrottledError,
} from './upstream.errors.js';

const details = { upstream: 'spid' as const, operation: 'any', reason: 'any' };
const quota = { remaining: 0, resetMs: 1_000 };

describe('budgetOutcomeOf', () => {
  it.each([
    ['a success', undefined, { kind: 'complete' }],
    ['a refusal of the request', new RejectedError([], details), { kind: 'complete' }],
    ['a missing thing', new MissingError('user', details), { kind: 'complete' }],
    ['a refusal of our credentials', new MisconfiguredError(details), { kind: 'complete' }],
    ['a stale token', new Error('stale'), { kind: 'complete' }],
    ['an ambiguous response', new NoTrustworthyResponseError('ambiguous', details), { kind: 'complete' }],
    ['a server error', new NoTrustworthyResponseError('server-error', details), { kind: 'failed' }],
    ['an unreadable response', new NoTrustworthyResponseError('garbled', details), { kind: 'failed' }],
    ['a throttled call', new ThrottledError(17, details), { kind: 'throttled', retryAfterMs: 17_000 }],
  ])('of %s', (_, error, outcome) => {
    expect(budgetOutcomeOf(error, undefined)).toEqual(outcome);
  });

  it('carries the counters of the vendor only where the vendor works', () => {
    expect(budgetOutcomeOf(undefined, quota)).toEqual({ kind: 'complete', quota });
    expect(budgetOutcomeOf(new ThrottledError(1, details), quota)).toEqual({
      kind: 'throttled',
      retryAfterMs: 1_000,
    });
  });
});
