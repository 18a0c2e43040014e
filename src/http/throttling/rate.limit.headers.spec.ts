import { rateLimitHeaders } from './rate.limit.headers.js';

describe('rateLimitHeaders', () => {
  it('returns a policy and the remaining requests as structured fields', () => {
    const caller = { name: 'caller', quota: 100, windowSeconds: 1, remaining: 99, secondsToReset: 1 };
    expect(rateLimitHeaders([caller])).toEqual({
      policy: '"caller";q=100;w=1',
      state: '"caller";r=99;t=1',
    });
  });

  it('lists every policy, with the burst and the unit of those that have one', () => {
    const sizes = { quota: 10, windowSeconds: 60, burst: 5 };
    const handouts = { name: 'handouts', ...sizes, remaining: 15, secondsToReset: 60 };
    const concurrent = { name: 'caller-concurrent', quota: 8, remaining: 7 };
    expect(rateLimitHeaders([handouts, concurrent])).toEqual({
      policy: '"handouts";q=10;w=60;tollgate-burst=5, "caller-concurrent";q=8;qu="concurrent-requests"',
      state: '"handouts";r=15;t=60, "caller-concurrent";r=7',
    });
  });

  it('returns nothing where nothing binds', () => {
    expect(rateLimitHeaders([])).toEqual({ policy: '', state: '' });
  });
});
