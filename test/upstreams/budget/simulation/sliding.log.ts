/** What a vendor counts: the calls that arrive in any window, and those under way. */
export class SlidingLog {
  readonly arrivals: number[] = [];
  mostUnderWay = 0;
  #underWay = 0;

  /** Returns what ends the call. */
  arrive(nowMs: number): () => void {
    this.arrivals.push(nowMs);
    this.#underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay);
    let isOver = false;
    return () => {
      if (!isOver) this.#underWay -= 1;
      isOver = true;
    };
  }

  /** The most calls that any window of `windowMs` has seen. */
  mostIn(windowMs: number): number {
    let most = 0;
    let oldest = 0;
    this.arrivals.forEach((atMs, index) => {
      while ((this.arrivals[oldest] ?? atMs) <= atMs - windowMs) oldest += 1;
      most = Math.max(most, index - oldest + 1);
    });
    return most;
  }
}
