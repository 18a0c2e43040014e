/** Writes times as RFC 3339 in UTC. Many that follow each other are of the same millisecond, and formatting takes longer than a guard. */
export class TimestampText {
  #last = { ms: Number.NaN, text: '' };

  /** @param ms since 1970 */
  of(ms: number): string {
    if (ms !== this.#last.ms) this.#last = { ms, text: new Date(ms).toISOString() };
    return this.#last.text;
  }
}
