import { LRUCache } from 'lru-cache';
import type { KeptCheck } from './check.freshness.js';

/** Above what `entries` of usual size take: results with long ids must not make the memory grow. */
const BYTES_MAX = 64 * 1024 * 1024;

/** Of an entry without its key and its subscription: objects, strings of fixed length and the place in the map. */
const ENTRY_BYTES = 512;
const SUBSCRIPTION_BYTES = 384;

/** The results kept for one client of the vendor, the least recently used of which makes room. */
export class KeptChecks {
  /** Without `max`, for which lru-cache would reserve memory: most tenants keep few. */
  readonly #kept = new LRUCache<string, KeptCheck>({
    maxSize: BYTES_MAX,
    sizeCalculation: ({ body }, key) =>
      ENTRY_BYTES + 2 * key.length + (body.subscription ? SUBSCRIPTION_BYTES : 0),
  });

  get size(): number {
    return this.#kept.size;
  }

  get(key: string): KeptCheck | undefined {
    return this.#kept.get(key);
  }

  /** Keeps the result that the vendor was asked for last: results can overtake each other. */
  keep(key: string, check: KeptCheck, entriesMax: number): void {
    const known = this.#kept.peek(key);
    if (known && known.askedAt.monotonicMs > check.askedAt.monotonicMs) return;
    this.#kept.set(key, check);
    while (this.#kept.size > entriesMax) this.#kept.pop();
  }

  drop(key: string): void {
    this.#kept.delete(key);
  }
}
