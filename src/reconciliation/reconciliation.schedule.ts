/** How unknown operations are probed; a class so that it can be injected. */
export class ReconciliationSchedule {
  constructor(changes: Partial<ReconciliationSchedule> = {}) {
    Object.assign(this, changes);
    if (this.probesPerSecond <= 0 || this.probesMax < 1)
      throw new RangeError('probes need a pace and a number');
  }

  /**
   * From the moment the outcome became unknown. Effects that are there are mostly there by then, and a caller that
   * waits for its answer learns it soon.
   */
  readonly firstProbeAfterSeconds: number = 3;

  /**
   * After each probe the pause doubles, from about this to the longest one (half of it is random): 3 s, 15 s, 30 s,
   * 1 min, 2 min, 4 min, …
   */
  readonly pauseSeconds: number = 10;

  /** Upstreams that were away for hours are then read within the hour. */
  readonly pauseSecondsMax: number = 3_600;

  /** With the pauses, about half a day: what has not shown itself by then is a person's to find out. */
  readonly probesMax: number = 20;

  /**
   * An effect that is absent earlier than this speaks for nothing: the upstream may still be executing a call that we
   * gave up on. Two leases, and no upstream timeout may be longer than one lease. Longer is safer and makes people
   * wait for the recommendation; nothing is decided by it.
   */
  settleMs = 120_000;

  /** A second probe must see the same absence, this much later: reads of an upstream may lag behind its writes. */
  readonly apartMs: number = 60_000;

  /** Of one tenant over all processes, at most: a fifth of Import2's 10 requests/s (Import2 E1), so that callers keep the rest. */
  readonly probesPerSecond: number = 2;

  /**
   * Between two probes of one operation, where a person asks for the second. Shorter than a person needs to read the first
   * one; a script that asks in a loop costs the upstream no more than this.
   */
  readonly probeAgainMs: number = 5_000;

  /**
   * Probes in the evidence of one operation, beyond which no person's request adds another one. The row stays below
   * 100 kB; what 200 readings did not show, the next one will not show either.
   */
  readonly storedProbesMax: number = 200;

  /** How soon a new unknown operation is noticed. Costs one index lookup. */
  readonly sweepPauseMs: number = 2_000;

  /** How late a probe may be. Costs a statement of some milliseconds for each worker. */
  readonly pollingSeconds: number = 5;
}
