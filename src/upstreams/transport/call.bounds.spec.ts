import { boundsOf, boundsOfProbe, msToStart, probeMsOf, waitMsOf } from './call.bounds.js';

const TIMES = { attemptMs: 6_000, totalMs: 10_000 };
const WRITE = { safe: false };
const READ = { safe: true };

describe('the bounds of a call', () => {
  it('leave a write a whole attempt from its first byte', () => {
    const bounds = boundsOf(110_000, TIMES, WRITE);
    expect(bounds).toEqual({ endsAt: 110_000, attemptMs: 6_000, leastMs: 6_000 });
    expect(msToStart(bounds, 100_000)).toBe(4_000);
    expect(msToStart(bounds, 104_001)).toBe(-1);
  });

  it.each([
    [{ attemptMs: 5_000, totalMs: 5_000 }, 4_500],
    [{ attemptMs: 4_000, totalMs: 4_500 }, 4_000],
    [{ attemptMs: 500, totalMs: 800 }, 500],
  ])('with %j leave a write %i ms, so that there is time for waiting too', (timeouts, leastMs) => {
    expect(boundsOf(0, timeouts, WRITE).leastMs).toBe(leastMs);
  });

  it('let a read be sent up to its end', () => {
    expect(msToStart(boundsOf(10_000, TIMES, READ), 9_999)).toBe(1);
    expect(msToStart(boundsOf(10_000, TIMES, READ), 10_001)).toBe(-1);
  });
});

describe('the wait for a place', () => {
  it.each([
    [WRITE, 0, 4_000],
    [WRITE, 3_000, 4_000],
    [READ, 0, 10_000],
    [READ, 3_000, 7_000],
    // It usually takes longer than is left: it may still be fast, but not after a wait.
    [READ, 12_000, 0],
  ])('of %j that usually takes %i ms is at most %i ms', (call, expectedMs, waitMs) => {
    expect(waitMsOf(boundsOf(10_000, TIMES, call), expectedMs, 0)).toBe(waitMs);
  });

  it.each([
    [WRITE, 4_001],
    [READ, 10_001],
  ])('of %j is negative after %i ms', (call, now) => {
    expect(waitMsOf(boundsOf(10_000, TIMES, call), 50, now)).toBe(-1);
  });
});

describe('the time of a probe', () => {
  it.each([
    [READ, 0, 1_000],
    [READ, 333, 1_000],
    [READ, 700.1, 2_101],
    [WRITE, 700, undefined],
  ])('of %j that usually takes %f ms is %p', (call, expectedMs, probeMs) => {
    expect(probeMsOf(call, expectedMs)).toBe(probeMs);
  });

  it('ends a read, which is not its deadline, and closes its socket', () => {
    const bounds = { ...boundsOf(10_000, TIMES, READ), deadlineMs: 800 };
    const early = { ...bounds, endsAt: 6_000, closesAt: 6_000, deadlineMs: undefined };
    expect(boundsOfProbe(bounds, READ, 1_000, 5_000)).toEqual(early);
    expect(boundsOfProbe(bounds, READ, 6_000, 5_000)).toEqual({ ...bounds, closesAt: 11_000 });
    expect(boundsOfProbe(bounds, READ, Infinity, 5_000)).toEqual(bounds);
  });

  it('does not cut a write short', () => {
    const bounds = boundsOf(10_000, TIMES, WRITE);
    expect(boundsOfProbe(bounds, WRITE, 1_000, 5_000)).toEqual(bounds);
  });
});
