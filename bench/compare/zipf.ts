/**
 * Users of a stream of requests whose popularity follows Zipf's law, by Simon's model: with the chance `fresh` the next user
 * of the list, who was not asked for before, otherwise that of an earlier request. So a cache that keeps everything has a
 * share of 1 - `fresh` of hits, at whatever rate the requests come.
 */
export class ZipfUsers {
  readonly #earlier: number[] = [];
  #next: number;

  constructor(
    private readonly users: number,
    private readonly fresh: number,
    /** Where in the list to begin; the list is a ring. */
    first = 0,
    private readonly random: () => number = Math.random,
  ) {
    this.#next = first;
  }

  /** From 0 to the number of users - 1. */
  next(): number {
    const isFresh = this.#earlier.length === 0 || this.random() < this.fresh;
    const user = isFresh ? this.#another() : this.#repeat();
    this.#earlier.push(user);
    return user;
  }

  /** Where the next stream begins, so that its users were not asked for lately. */
  get position(): number {
    return this.#next;
  }

  #another(): number {
    const user = this.#next;
    this.#next = (user + 1) % this.users;
    return user;
  }

  #repeat(): number {
    return this.#earlier[Math.floor(this.random() * this.#earlier.length)] ?? 0;
  }
}
