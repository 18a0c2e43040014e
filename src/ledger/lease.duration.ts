/**
 * How long an operation may run before it counts as abandoned; a class so that it can be injected.
 * - The default covers the longest upstream call (25 s in all), the wait for its rate budget and both round trips,
 *   with a margin.
 * - There is no heartbeat, because safety does not depend on the lease: an expired operation only becomes `unknown`,
 *   is never executed again, and the late response of a slow process is still recorded.
 * - Longer: callers of a dead process receive "still running" for longer. Shorter than a call: operations briefly
 *   become `unknown` while they run, so the settings refuse that.
 */
export class LeaseDuration {
  #ms = 0;

  constructor(ms = 60_000) {
    if (ms < 1_000) throw new RangeError('a lease must be at least one second');
    this.#ms = ms;
  }

  get ms(): number {
    return this.#ms;
  }

  /** Extends the lease of operations that start from now on. Never shortens it: running calls depend on it. */
  extend(ms: number): void {
    this.#ms = Math.max(this.#ms, ms);
  }

  /**
   * Pause between two sweeps for expired leases, 5 s by default. Lease plus pause is how long callers of a dead
   * process receive "still running". A sweep costs one index lookup.
   */
  get sweepPauseMs(): number {
    return this.ms / 12;
  }
}
