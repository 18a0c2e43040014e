import { RecentWaits } from './recent.waits.js';

describe('RecentWaits', () => {
  const withWaits = (...waits: readonly [atMs: number, ms: number][]) => {
    const recent = new RecentWaits();
    for (const [atMs, ms] of waits) recent.add('spid:1', 'interactive', { atMs, ms });
    return recent;
  };

  it('has the median and the 99th percentile of each account and class', () => {
    const recent = withWaits(...Array.from({ length: 100 }, (_, at) => [at, 100 - at] as [number, number]));
    expect(recent.of('spid:1', 'interactive', 100)).toEqual({ calls: 100, p50Ms: 50, p99Ms: 99 });
    expect(recent.of('spid:1', 'background', 100)).toEqual({ calls: 0, p50Ms: 0, p99Ms: 0 });
    expect(recent.of('spid:2', 'interactive', 100)).toEqual({ calls: 0, p50Ms: 0, p99Ms: 0 });
  });

  it('has the one wait of one call', () => {
    expect(withWaits([0, 7]).of('spid:1', 'interactive', 0)).toEqual({ calls: 1, p50Ms: 7, p99Ms: 7 });
  });

  it('forgets a wait after a minute', () => {
    const recent = withWaits([0, 500], [1_000, 20]);
    expect(recent.of('spid:1', 'interactive', 59_999).calls).toBe(2);
    expect(recent.of('spid:1', 'interactive', 60_000)).toEqual({ calls: 1, p50Ms: 20, p99Ms: 20 });
  });

  it('remembers the latest 512', () => {
    const recent = withWaits([0, 9_999], ...Array.from({ length: 512 }, () => [1, 5] as [number, number]));
    expect(recent.of('spid:1', 'interactive', 1)).toEqual({ calls: 512, p50Ms: 5, p99Ms: 5 });
  });
});
