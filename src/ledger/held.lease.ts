import type { Clock } from '../config/clock.js';

/**
 * Measures how long this process has held an operation, from before it sent the claim, so never less than the
 * database counts. Returns the later of two clocks: the monotonic clock stops while a machine is suspended, the wall
 * clock can be set back. A process that may have been frozen must not send.
 */
export class HeldLease {
  #monotonicMs = 0;
  #wallMs = 0;

  /** @param leaseMs lease of the operation in the database */
  constructor(
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {
    this.restart();
  }

  /** Call before each statement that requests or renews the lease. */
  restart(): void {
    this.#monotonicMs = this.clock.monotonicMs();
    this.#wallMs = this.clock.now().getTime();
  }

  /** Milliseconds since the lease was requested. */
  get elapsedMs(): number {
    return Math.max(this.clock.monotonicMs() - this.#monotonicMs, this.clock.now().getTime() - this.#wallMs);
  }

  /** Other processes may treat this one as dead by now: nothing may be sent any more. */
  get isOver(): boolean {
    return this.elapsedMs >= this.leaseMs;
  }
}
