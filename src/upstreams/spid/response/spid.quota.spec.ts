import { quotaOf } from './spid.quota.js';

describe('quotaOf', () => {
  it('SPiD A6: reads counters that bind', () => {
    expect(quotaOf({ request: { limit: 360_000, remaining: 359_997, reset: 3_600 } })).toEqual({
      remaining: 359_997,
      resetMs: 3_600_000,
    });
    expect(quotaOf({ request: { limit: 3_600, remaining: 0, reset: 17 } })).toEqual({
      remaining: 0,
      resetMs: 17_000,
    });
  });

  it.each([
    ['a limit of 0', { limit: 0, remaining: 0, reset: 17 }],
    ['a limit of 0 with negative counters', { limit: 0, remaining: -13, reset: -6_631 }],
    ['negative calls left', { limit: 3_600, remaining: -3, reset: 17 }],
    ['no reset', { limit: 3_600, remaining: 0 }],
    ['a reset in the past', { limit: 3_600, remaining: 0, reset: 0 }],
    ['an implausible reset', { limit: 3_600, remaining: 0, reset: 90_000 }],
    ['strings', { limit: '3600', remaining: '0', reset: '17' }],
    ['an empty list for an empty object', []],
    ['null', null],
  ])('SPiD F9: takes %s for no limit', (_, request) => {
    expect(quotaOf({ request })).toBeUndefined();
  });

  it('takes a response without counters for no limit', () => {
    expect(quotaOf({})).toBeUndefined();
    expect(quotaOf(null)).toBeUndefined();
  });
});
