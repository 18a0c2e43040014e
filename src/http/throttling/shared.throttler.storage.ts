import type { ThrottlerStorage } from '@nestjs/throttler';
import type { SharedState } from '../../store/shared.state.js';

/** What one hit came to; the times in whole seconds, rounded up, as `Retry-After` wants them. */
export type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Fixed windows in the shared state. The library's own storage keeps every hit and prunes the list each time, which
 * costs several times as much, and counts in this process only.
 */
export class SharedThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly state: SharedState) {}

  /** Blocked from the first hit above the limit to the end of the window; `blockDuration` is not used. */
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
