import type { Clock } from '../../config/clock.js';
import { fitsQuota, msUntilUnused, type Quota, type QuotaUse, stateOf, type Taking, useAt } from './quota.js';
import { SharedState } from './shared.state.js';

interface KeptUse extends QuotaUse {
  readonly endsMs: number;
}

/**
 * Per purpose. Callers are far fewer; source addresses can be many, and 10,000 of them take about 2 MB. When there are
 * more, the oldest entry is forgotten, and the next request of that address begins another window.
 */
const ENTRIES_MAX = 10_000;

/** In this process. No timer: an entry that has ended is removed when another begins. */
export class MemoryState extends SharedState {
  readonly isDegraded = false;
  readonly #purposes = new Map<string, KeptUses>();

  constructor(
    private readonly clock: Clock,
    private readonly entriesMax: number = ENTRIES_MAX,
  ) {
    super();
  }

  take(purpose: string, key: string, quotas: readonly Quota[], units = 1): Taking {
    const nowMs = this.clock.monotonicMs();
    let kept = this.#purposes.get(purpose);
    if (!kept) this.#purposes.set(purpose, (kept = new KeptUses(this.entriesMax)));
    const uses = quotas.map((quota) => ({ quota, use: kept.useOf(keyOf(quota, key), nowMs, quota) }));
    const isAdmitted = uses.every(({ quota, use }) => fitsQuota(use, units, quota));
    const states = uses.map(({ quota, use: { used, startMs } }) => {
      const use = { used: isAdmitted ? used + units : used, startMs };
      const endsMs = nowMs + msUntilUnused(use, nowMs, quota);
      if (isAdmitted && units > 0) kept.keep(keyOf(quota, key), { ...use, endsMs }, nowMs);
      return stateOf(use, nowMs, quota);
    });
    return { isAdmitted, states };
  }
}

function keyOf({ name }: Quota, key: string): string {
  return `${name}:${key}`;
}

/** The entries of one purpose, in the order in which they began. */
class KeptUses {
  readonly #byKey = new Map<string, KeptUse>();

  /**
   * Points at the oldest entry and lives as long as the map: an iterator made anew for each entry steps over every one
   * that was deleted before it, which costs 5 times as much while addresses are many.
   */
  #iterator = this.#byKey.keys();
  #oldest: string | undefined;

  constructor(private readonly max: number) {}

  useOf(key: string, nowMs: number, quota: Quota): QuotaUse {
    const known = this.#byKey.get(key);
    return useAt(known && known.endsMs > nowMs ? known : undefined, nowMs, quota);
  }

  /** An entry that has not ended keeps its place. */
  keep(key: string, use: KeptUse, nowMs: number): void {
    const known = this.#byKey.get(key);
    if (!known || known.endsMs <= nowMs) {
      this.#byKey.delete(key);
      if (this.#oldest === key) this.#oldest = undefined;
      this.#makeRoom(nowMs);
    }
    this.#byKey.set(key, use);
  }

  /** Removes from the oldest on, up to the first entry that has not ended and has room. */
  #makeRoom(nowMs: number): void {
    for (let oldest = this.#first(); oldest !== undefined; oldest = this.#first()) {
      const { endsMs } = this.#byKey.get(oldest)!;
      if (endsMs > nowMs && this.#byKey.size < this.max) return;
      this.#byKey.delete(oldest);
    }
  }

  #first(): string | undefined {
    while (this.#byKey.size > 0) {
      if (this.#oldest !== undefined && this.#byKey.has(this.#oldest)) return this.#oldest;
      const next = this.#iterator.next();
      if (next.done) this.#iterator = this.#byKey.keys();
      else this.#oldest = next.value;
    }
    return undefined;
  }
}
