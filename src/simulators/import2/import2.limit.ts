/** For all endpoints together (Import2 E1). */
const REQUESTS_MAX = 10;
const WINDOW_MS = 1_000;

/** Sliding window of ten requests per second. Refused requests do not count, which is a guess. */
export class RequestLimit {
  readonly #now: () => number;
  #admitted: number[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  admits(): boolean {
    const now = this.#now();
    this.#admitted = this.#admitted.filter((at) => now - at < WINDOW_MS);
    if (this.#admitted.length >= REQUESTS_MAX) return false;
    this.#admitted.push(now);
    return true;
  }
}
