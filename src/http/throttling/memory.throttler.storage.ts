import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Clock } from '../../config/clock.js';

/** What one hit came to; the times in whole seconds, rounded up, as `Retry-After` wants them. */
export type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

interface Window {
  hits: number;
  readonly endsMs: number;
}

/**
 * Per throttler. Callers are far fewer; source addresses can be many, and 10,000 of them take about 2 MB. When
 * there are more, the oldest window is forgotten, which lets that address begin anew.
 */
const WINDOWS_MAX = 10_000;

/**
 * Fixed windows in this process. No timer: a window that has ended is swept out when another begins. The library's
 * own storage keeps every hit and prunes the list each time, which costs several times as much.
 */
export class MemoryThrottlerStorage implements ThrottlerStorage {
  /** By throttler, then by key, in the order in which the windows began. */
  readonly #windows = new Map<string, Map<string, Window>>();

  constructor(
    private readonly clock: Clock,
    private readonly windowsMax: number = WINDOWS_MAX,
  ) {}

  /** Blocked from the first hit above the limit to the end of the window; `blockDuration` is not used. */
  // oxlint-disable-next-line max-params -- the library's interface
  async increment(
    key: string,
    ttlMs: number,
    limit: number,
    _blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord> {
    const nowMs = this.clock.monotonicMs();
    const windows = this.#windowsOf(throttlerName);
    let window = windows.get(key);
    if (!window || window.endsMs <= nowMs) {
      windows.delete(key);
      this.#makeRoom(windows, nowMs);
      window = { hits: 0, endsMs: nowMs + ttlMs };
      windows.set(key, window);
    }
    window.hits += 1;
    const isBlocked = window.hits > limit;
    const timeToExpire = Math.ceil((window.endsMs - nowMs) / 1_000);
    return {
      totalHits: window.hits,
      timeToExpire,
      isBlocked,
      timeToBlockExpire: isBlocked ? timeToExpire : 0,
    };
  }

  #windowsOf(throttlerName: string): Map<string, Window> {
    let windows = this.#windows.get(throttlerName);
    if (!windows) this.#windows.set(throttlerName, (windows = new Map()));
    return windows;
  }

  /** The oldest stand first, so looking stops at the first one that is still open. */
  #makeRoom(windows: Map<string, Window>, nowMs: number): void {
    for (const [key, { endsMs }] of windows) {
      if (endsMs > nowMs && windows.size < this.windowsMax) return;
      windows.delete(key);
    }
  }
}
