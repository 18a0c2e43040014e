import type { Clock } from '../../config/clock.js';

/** How often a replica that counts by itself asks whether the shared store is back. */
export const RETURN_MS = 500;

/** A store that goes away so soon after a return is not steady. */
const SOON_MS = 60_000;

/**
 * An unsteady store has to reply without fail for this time, twice as long at each time, before the next return: one stops the
 * calls of all replicas for some seconds, so that a replica whose network stalls now and then would halve the rate of all.
 */
const STEADY_MS = { first: 10_000, max: 60_000 } as const;

/** How often an unsteady store is asked: a stall that is long enough to matter does not fall between two replies. */
const PING_MS = 100;

export interface ReturnParts {
  readonly clock: Clock;
  /** Whether the store replies in time. Asking changes nothing there. */
  readonly responds: () => Promise<boolean>;
  /** Tells the store, which replies, that this replica goes on counting by itself. */
  readonly announce: () => void;
  /** Reports what was done without the store. That it is back is known by its reply. */
  readonly attempt: () => void;
}

/** The way back to a shared store that is away. */
export class StoreReturn {
  #timer: NodeJS.Timeout | undefined;
  #steadyMs = 0;
  #respondsSinceMs: number | undefined;
  #announcedMs = -Infinity;
  #returnedMs = -Infinity;

  constructor(private readonly parts: ReturnParts) {}

  /** The store is away. */
  start(): void {
    const isUnsteady = this.parts.clock.monotonicMs() - this.#returnedMs < SOON_MS;
    const { first, max } = STEADY_MS;
    this.#steadyMs = isUnsteady ? Math.min(Math.max(first, 2 * this.#steadyMs), max) : 0;
    this.#respondsSinceMs = undefined;
    const everyMs = isUnsteady ? PING_MS : RETURN_MS;
    this.#timer = setInterval(() => void this.#tick(), everyMs).unref();
  }

  /** The store is in use again, or needed no more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#returnedMs = this.parts.clock.monotonicMs();
  }

  async #tick(): Promise<void> {
    if (this.#steadyMs > 0 && !(await this.#isSteady())) return;
    if (!this.#timer) return;
    // Without a reply to this one it has to be steady again.
    this.#respondsSinceMs = undefined;
    this.parts.attempt();
  }

  async #isSteady(): Promise<boolean> {
    const { clock, responds } = this.parts;
    const askedMs = clock.monotonicMs();
    if (!(await responds())) this.#respondsSinceMs = undefined;
    else if (this.#timer) {
      this.#announce(askedMs);
      this.#respondsSinceMs ??= askedMs;
    }
    return this.#respondsSinceMs !== undefined && askedMs - this.#respondsSinceMs >= this.#steadyMs;
  }

  /** At once when the store replies again: it may have been restarted, and know nothing of this replica. */
  #announce(nowMs: number): void {
    const isNews = this.#respondsSinceMs === undefined || nowMs - this.#announcedMs >= RETURN_MS;
    if (!isNews) return;
    this.#announcedMs = nowMs;
    this.parts.announce();
  }
}
