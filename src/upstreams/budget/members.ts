import type { Clock } from '../../config/clock.js';
import type { BudgetReply } from './budget.protocol.js';
import type { Membership } from './degraded.share.js';

/** A replica seen within this time may still be making calls when the shared store goes away. */
const REMEMBERED_MS = 60_000;

/** How many replicas there may be: the configured number, or more when more were seen. */
export class Members implements Membership {
  /** Unknown until the shared store has replied: then only a share that all may have is safe. */
  rank = Infinity;
  #seen = 0;
  #seenMs = -Infinity;

  constructor(
    private readonly expected: number,
    private readonly clock: Clock,
  ) {}

  get replicas(): number {
    return Math.max(1, this.expected, this.#seen);
  }

  seen({ replicas, rank }: BudgetReply): void {
    const nowMs = this.clock.monotonicMs();
    this.rank = rank;
    if (replicas < this.#seen && nowMs - this.#seenMs < REMEMBERED_MS) return;
    this.#seen = replicas;
    this.#seenMs = nowMs;
  }
}
