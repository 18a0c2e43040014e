import { cacheStatusOf } from './cache.status.js';

describe('cacheStatusOf', () => {
  it.each([
    [{ from: 'memory', ageSeconds: 18, ttlSeconds: 12 }, 'Tollgate; hit; ttl=12'],
    [
      { from: 'memory', ageSeconds: 70, ttlSeconds: -40, detail: 'upstream-error' },
      'Tollgate; hit; ttl=-40; detail=upstream-error',
    ],
    [{ from: 'vendor', reason: 'request' }, 'Tollgate; fwd=request'],
    [{ from: 'vendor', reason: 'uri-miss', isStored: true }, 'Tollgate; fwd=uri-miss; stored'],
    [
      { from: 'vendor', reason: 'stale', isStored: true, isCollapsed: true },
      'Tollgate; fwd=stale; stored; collapsed',
    ],
    [
      { from: 'vendor', reason: 'bypass', isStored: false, isCollapsed: false, detail: 'fence-unavailable' },
      'Tollgate; fwd=bypass; detail=fence-unavailable',
    ],
  ] as const)('writes %j', (status, expected) => {
    expect(cacheStatusOf(status)).toBe(expected);
  });
});
