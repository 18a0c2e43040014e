import { setTimeout as sleep } from 'node:timers/promises';

/** A vendor that counts what it gets: calls in any window, and calls at once. */
export class CountingVendor {
  readonly arrivals: number[] = [];
  atOnce = 0;
  atOnceMax = 0;

  async call(workMs: number): Promise<void> {
    this.arrivals.push(performance.now());
    this.atOnce += 1;
    this.atOnceMax = Math.max(this.atOnceMax, this.atOnce);
    await sleep(workMs);
    this.atOnce -= 1;
  }

  /** The most calls that any window of `windowMs` has seen. */
  mostIn(windowMs: number): number {
    let most = 0;
    let first = 0;
    for (const [index, atMs] of this.arrivals.entries()) {
      while (this.arrivals[first]! <= atMs - windowMs) first += 1;
      most = Math.max(most, index - first + 1);
    }
    return most;
  }
}
