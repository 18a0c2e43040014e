import type { ThrottlerStorage } from '@nestjs/throttler';
import type { SharedState } from '../../store/state/shared.state.js';

/** State after a hit. Times in whole seconds, rounded up for `Retry-After`. */
export type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Fixed windows in the shared state. The library's own storage keeps a timer for every hit and counts in this process
 * only.
 */
export class SharedThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly state: SharedState) {}

  /** Blocks from the first hit above the limit to the end of the window; `blockDuration` is not used. */
  // oxlint-disable-next-line max-params -- the library's interface
  async increment(
    key: string,
    ttlMs: number,
    limit: number,
    _blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord> {
    const { hits, msLeft } = await this.state.hit(throttlerName, key, ttlMs);
    const isBlocked = hits > limit;
    const timeToExpire = Math.ceil(msLeft / 1_000);
    return { totalHits: hits, timeToExpire, isBlocked, timeToBlockExpire: isBlocked ? timeToExpire : 0 };
  }
}
