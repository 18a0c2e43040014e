/** Counts the calls of a client in flight, so that it can be closed after the last one. */
export class RunningCalls {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Every call that begins has to end, however it ends. */
  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Resolves when no call is in flight. Calls have deadlines, so it does resolve. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
