/** Weight of the newest response: about the last ten count. */
const NEWEST = 0.1;

/** How long each operation of an upstream usually takes, from the first byte sent to the last byte received. */
export class ExpectedTimes {
  readonly #msByOperation = new Map<string, number>();

  /** Milliseconds; 0 for an operation without any response so far. */
  of(operation: string): number {
    return this.#msByOperation.get(operation) ?? 0;
  }

  note(operation: string, ms: number): void {
    const before = this.#msByOperation.get(operation);
    this.#msByOperation.set(operation, before === undefined ? ms : before + NEWEST * (ms - before));
  }
}
