/** For all endpoints together (Import2 E1). */
export const REQUESTS_PER_SECOND = 10;

const WINDOW_MS = 1_000;

/** Sliding window of so many requests per second. Refused requests do not count, which is a guess. */
export class RequestLimit {
  readonly #now: () => number;
  #admitted: number[] = [];

  /** @param requestsMax in any second */
  constructor(
    now: () => number,
    private readonly requestsMax: number,
  ) {
    this.#now = now;
  }

  admits(): boolean {
    const now = this.#now();
    this.#admitted = this.#admitted.filter((at) => now - at < WINDOW_MS);
    if (this.#admitted.length >= this.requestsMax) return false;
    this.#admitted.push(now);
    return true;
  }
}
