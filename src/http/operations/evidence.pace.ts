/** How evidence is looked for; a class so that it can be injected. */
export class EvidencePace {
  constructor(changes: Partial<EvidencePace> = {}) {
    Object.assign(this, changes);
    if (this.looksPerSecond <= 0 || this.looksMax < 1) throw new RangeError('looks need a pace and a number');
  }

  /**
   * From the moment the outcome became unknown. Effects that are there are mostly there by then, and a caller that
   * waits for its answer learns it soon.
   */
  readonly firstLookAfterSeconds: number = 3;

  /**
   * After each look the pause doubles, from about this to the longest one (half of it is random): 3 s, 15 s, 30 s,
   * 1 min, 2 min, 4 min, …
   */
  readonly pauseSeconds: number = 10;

  /** Upstreams that were away for hours are then read within the hour. */
  readonly pauseSecondsMax: number = 3_600;

  /** With the pauses, about half a day: what has not shown itself by then is a person's to find out. */
  readonly looksMax: number = 20;

  /**
   * An effect that is not there says nothing before this: the upstream may still be executing a call that we gave up
   * on. Two leases, and no upstream timeout may be longer than one lease; so the call of a process that hung until
   * its lease ended has met its own deadline as well. Too short, and a key is freed while its call still runs.
   */
  settleMs = 120_000;

  /** A second look must see the same absence, this much later: reads of an upstream may lag behind its writes. */
  readonly apartMs: number = 60_000;

  /** Of one tenant over all processes, at most: a fifth of Import2's 10 requests/s (facts E1), so that callers keep the rest. */
  readonly looksPerSecond: number = 2;

  /** How soon a new unknown operation is noticed. Costs one index lookup. */
  readonly sweepPauseMs: number = 2_000;

  /** How late a look may be. Costs a statement of some milliseconds for each worker. */
  readonly pollingSeconds: number = 5;
}
