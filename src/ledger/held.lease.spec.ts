import { Clock } from '../config/clock.js';
import { HeldLease } from './held.lease.js';

/** Both clocks, set by the test. */
class HandClock extends Clock {
  wallMs = Date.parse('2026-03-01T12:00:00Z');
  elapsedMs = 5_000;

  override now = () => new Date(this.wallMs);
  override monotonicMs = () => this.elapsedMs;
}

describe('HeldLease', () => {
  it.each([
    ['both clocks went on', { monotonicMs: 59_999, wallMs: 59_999 }, 59_999, false],
    ['both clocks reach the end', { monotonicMs: 60_000, wallMs: 60_000 }, 60_000, true],
    ['a suspended machine stops the monotonic clock', { monotonicMs: 0, wallMs: 900_000 }, 900_000, true],
    ['the wall clock was set back', { monotonicMs: 60_000, wallMs: -3_600_000 }, 60_000, true],
    ['the wall clock was set back a little', { monotonicMs: 100, wallMs: -3_600_000 }, 100, false],
  ])('counts the later clock when %s', (_, { monotonicMs, wallMs }, elapsedMs, isOver) => {
    const clock = new HandClock();
    const lease = new HeldLease(clock, 60_000);
    clock.elapsedMs += monotonicMs;
    clock.wallMs += wallMs;
    expect([lease.elapsedMs, lease.isOver]).toEqual([elapsedMs, isOver]);
  });

  it('starts at zero again after restart()', () => {
    const clock = new HandClock();
    const lease = new HeldLease(clock, 60_000);
    clock.wallMs += 70_000;
    lease.restart();
    expect([lease.elapsedMs, lease.isOver]).toEqual([0, false]);
  });
});
