/**
 * Users of a stream of requests: with the chance `fresh` the next of the list, who was not asked for before, otherwise one of
 * those before by Zipf's law, the first most often. So a cache that keeps everything has a share of 1 - `fresh` of hits, at
 * any rate of requests.
 */
export class ZipfUsers {
  #seen = 0;

  constructor(
    private readonly users: number,
    private readonly fresh: number,
    /** Where in the list to begin; the list is a ring. */
    private readonly first = 0,
    private readonly random: () => number = Math.random,
  ) {}

  /** From 0 to the number of users - 1. */
  next(): number {
    const isFresh = this.#seen === 0 || this.random() < this.fresh;
    if (isFresh) this.#seen += 1;
    // The logarithm of a rank is evenly distributed, so that rank r has a share of about 1/r.
    const rank = isFresh ? this.#seen : Math.floor((this.#seen + 1) ** this.random());
    return (this.first + rank - 1) % this.users;
  }

  /** Where the next stream begins, so that its users were not asked for lately. */
  get position(): number {
    return (this.first + this.#seen) % this.users;
  }
}
