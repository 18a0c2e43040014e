import type { Clock } from '../config/clock.js';

/**
 * How long a process has held an operation, counted from before its claim was asked for, so never less than the
 * database counts. By two clocks, of which the later one counts: the monotonic one stops while a machine is suspended,
 * the wall clock can be set back. A process that may have been frozen must not send.
 */
export class LeaseWatch {
  #monotonicMs = 0;
  #wallMs = 0;

  /** @param leaseMs how long the database lets the operation run */
  constructor(
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {
    this.restart();
  }

  /** Before the lease is asked for again. */
  restart(): void {
    this.#monotonicMs = this.clock.monotonicMs();
    this.#wallMs = this.clock.now().getTime();
  }

  /** Milliseconds since the lease was asked for. */
  get elapsedMs(): number {
    return Math.max(this.clock.monotonicMs() - this.#monotonicMs, this.clock.now().getTime() - this.#wallMs);
  }

  /** Others may have decided by now that the process is dead: nothing may be sent any more. */
  get isOver(): boolean {
    return this.elapsedMs >= this.leaseMs;
  }
}
