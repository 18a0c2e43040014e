import type { Clock } from '../../config/clock.js';
import type { BudgetReply, ReplicaShare } from './budget.protocol.js';
import type { BudgetLimits } from './budget.types.js';
import { degradedShare, type Membership } from './degraded.share.js';

/** A replica seen within this time may still be making calls when the shared store goes away. */
const REMEMBERED_MS = 60_000;

/** How many replicas there may be: the configured number, or more when more were seen. */
export class Members implements Membership {
  /** Unknown until the shared store has replied: then only a share that all may have is safe. */
  rank = Infinity;
  #reported: ReplicaShare | undefined;
  #seen = 0;
  #seenMs = -Infinity;

  constructor(
    private readonly expected: number,
    private readonly clock: Clock,
  ) {}

  get replicas(): number {
    return Math.max(1, this.expected, this.#seen);
  }

  /** What this replica will use by itself; undefined without a rate. */
  shareOf(limits: BudgetLimits): ReplicaShare | undefined {
    if (!limits.rate) return undefined;
    return this.#asShare(degradedShare(limits, this));
  }

  /** What it uses by itself already: it takes no more while it does. */
  ownShareOf(limits: BudgetLimits): ReplicaShare | undefined {
    return limits.rate && this.#asShare(this.ownLimits(limits));
  }

  /** The shared store knows it: the others keep that back while this replica is missing. */
  reported(share: ReplicaShare): void {
    this.#reported = share;
  }

  /** What this replica may use by itself now: its share, but not more than the others keep back. */
  ownLimits(limits: BudgetLimits): BudgetLimits | undefined {
    const own = degradedShare(limits, this);
    if (!own?.rate || !this.#reported) return own;
    const calls = Math.min(own.rate.calls, this.#reported.calls);
    const places = Math.min(own.places, this.#reported.places);
    return calls > 0 && places > 0 ? { ...own, rate: { ...own.rate, calls }, places } : undefined;
  }

  seen({ replicas, rank }: BudgetReply): void {
    const nowMs = this.clock.monotonicMs();
    this.rank = rank;
    if (replicas < this.#seen && nowMs - this.#seenMs < REMEMBERED_MS) return;
    this.#seen = replicas;
    this.#seenMs = nowMs;
  }
  #asShare(own: BudgetLimits | undefined): ReplicaShare {
    return { calls: own?.rate?.calls ?? 0, places: own?.places ?? 0, replicas: this.expected };
  }
}
