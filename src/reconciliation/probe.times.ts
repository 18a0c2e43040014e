/** Times and limits of the probes of unknown operations; a class so that it can be injected. */
export class ProbeTimes {
  constructor(changes: Partial<ProbeTimes> = {}) {
    Object.assign(this, changes);
    if (this.probesPerSecond <= 0 || this.probesMax < 1)
      throw new RangeError('probesPerSecond must be positive, and probesMax at least 1');
  }

  /**
   * Delay after the outcome became unknown. Most effects are visible by then, and a caller that waits for its
   * response receives it soon.
   */
  readonly firstProbeAfterSeconds: number = 3;

  /**
   * The pause doubles after each probe, from about this up to pauseSecondsMax (half of it is jitter): 3 s, 15 s, 30
   * s, 1 min, 2 min, 4 min, …
   */
  readonly pauseSeconds: number = 10;

  /** An upstream that was unavailable for hours is probed within the hour after its return. */
  readonly pauseSecondsMax: number = 3_600;

  /** About half a day of probes; what they have not proved by then is left to a person. */
  readonly probesMax: number = 20;

  /**
   * Absence before this delay suggests nothing: the upstream may still be executing a call that timed out here. Two
   * leases, and no upstream timeout may exceed one lease. A longer delay is safer, and recommendations come later;
   * nothing is decided by it.
   */
  settleMs = 120_000;

  /**
   * A second probe must also find the effect absent, this much later: reads of an upstream may lag behind its writes.
   */
  readonly apartMs: number = 60_000;

  /**
   * Rate limit per tenant over all processes: a fifth of the 10 requests/s of Import2 (Import2 E1), so that callers
   * keep the rest.
   */
  readonly probesPerSecond: number = 2;

  /**
   * Minimum pause between probes of one operation on request of a person. Shorter than it takes to read the first
   * result; a script in a loop costs the upstream no more than this.
   */
  readonly probeAgainMs: number = 5_000;

  /**
   * Maximum number of probes in the evidence of one operation; beyond it, requested probes are refused. Keeps the row
   * below 100 kB; what 200 probes did not show, the next one will not show either.
   */
  readonly storedProbesMax: number = 200;

  /** Delay until a new unknown operation is found. Costs one index lookup per sweep. */
  readonly sweepPauseMs: number = 2_000;

  /** Maximum delay of a due probe. Costs a statement of some milliseconds per worker. */
  readonly pollingSeconds: number = 5;
}
