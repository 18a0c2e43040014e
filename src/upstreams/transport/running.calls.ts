/** Counts the calls of a client that are under way, so that it can be closed when the last one is over. */
export class RunningCalls {
  #count = 0;
  #waiting: (() => void)[] = [];

  async track<T>(call: () => Promise<T>): Promise<T> {
    this.#count += 1;
    try {
      return await call();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) for (const resume of this.#waiting.splice(0)) resume();
    }
  }

  /** Resolves once no call is under way. Calls have deadlines, so this does not wait for ever. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
