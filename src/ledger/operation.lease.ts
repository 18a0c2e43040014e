/**
 * How long an operation may run before it counts as abandoned; a class so that it can be injected. The default covers
 * the longest upstream call (25 s in all), the wait for the budget before it, and both round trips, with room to
 * spare. There is no heartbeat, because no safety hangs on this number: nobody executes an operation again when its
 * lease ends, it only becomes `unknown`, and the answer of a process that was merely slow is still accepted. Longer:
 * callers of a dead process hear "still running" for longer. Shorter than a call: operations flicker through
 * `unknown`, which is why the settings refuse that.
 */
export class OperationLease {
  #ms = 0;

  constructor(ms = 60_000) {
    if (ms < 1_000) throw new RangeError('a lease must be a second at least');
    this.#ms = ms;
  }

  get ms(): number {
    return this.#ms;
  }

  /** Longer for what begins from now on; never shorter, because calls that are under way count on it. */
  extend(ms: number): void {
    this.#ms = Math.max(this.#ms, ms);
  }

  /**
   * Pause between two looks for ended leases, 5 s by default: added to the lease, this is how long callers of a dead
   * process hear "still running". Each look costs one index lookup.
   */
  get sweepPauseMs(): number {
    return this.ms / 12;
  }
}
