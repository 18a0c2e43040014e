import type { CallClass } from '../budget.types.js';

/** Waits that are remembered of each account and class. More in a minute: the latest. */
const REMEMBERED = 512;

const WINDOW_MS = 60_000;

export interface WaitSummary {
  /** Calls that got their place in the last minute, at most 512. */
  readonly calls: number;
  /** Milliseconds; 0 without calls. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Wait {
  readonly atMs: number;
  readonly ms: number;
}

/** How long calls waited for their place in the last minute, in this process. */
export class RecentWaits {
  readonly #rings = new Map<string, { readonly waits: Wait[]; next: number }>();

  add(account: string, callClass: CallClass, wait: Wait): void {
    const ring = this.#rings.get(`${account} ${callClass}`) ?? { waits: [], next: 0 };
    this.#rings.set(`${account} ${callClass}`, ring);
    ring.waits[ring.next] = wait;
    ring.next = (ring.next + 1) % REMEMBERED;
  }

  /** @param nowMs on the clock of `add` */
  of(account: string, callClass: CallClass, nowMs: number): WaitSummary {
    const { waits } = this.#rings.get(`${account} ${callClass}`) ?? { waits: [] };
    const recent = waits.filter(({ atMs }) => nowMs - atMs < WINDOW_MS).map(({ ms }) => ms);
    const sorted = recent.toSorted((one, other) => one - other);
    return { calls: sorted.length, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
  }
}

/** Nearest rank. */
function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}
