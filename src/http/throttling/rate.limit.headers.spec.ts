import { rateLimitHeaders } from './rate.limit.headers.js';

describe('rateLimitHeaders', () => {
  it('returns the policy and the remaining requests as structured fields', () => {
    expect(rateLimitHeaders({ quota: 100, windowSeconds: 1, remaining: 99, secondsToReset: 1 })).toEqual({
      'RateLimit-Policy': '"caller";q=100;w=1',
      RateLimit: '"caller";r=99;t=1',
    });
  });
});
