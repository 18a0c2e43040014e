import type { Quota, Taking } from './quota.js';

/**
 * Short-lived numbers that all replicas share: in Redis, or in this process where there is no Redis. It never fails
 * and is never waited for: what cannot be shared in time is counted here.
 */
export abstract class SharedState {
  /** Whether a Redis is away that the replicas share, so that numbers are counted in this process. */
  abstract readonly isDegraded: boolean;

  /**
   * Takes `units` of every quota of `key`, or of none when one of them has not so many left; 0 only reads them. Returns a
   * promise only where the numbers are outside of this process.
   * @param purpose keeps keys of different purposes apart
   */
  abstract take(
    purpose: string,
    key: string,
    quotas: readonly Quota[],
    units?: number,
  ): Taking | Promise<Taking>;
}
