/** Virtual time: events in order of their time, equal ones in the order in which they were planned. */
export class Timeline {
  nowMs = 0;
  readonly #heap: { readonly atMs: number; readonly no: number; readonly run: () => void }[] = [];
  #planned = 0;

  at(atMs: number, run: () => void): void {
    this.#planned += 1;
    const heap = this.#heap;
    let index = heap.push({ atMs: Math.max(atMs, this.nowMs), no: this.#planned, run }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  after(ms: number, run: () => void): void {
    this.at(this.nowMs + ms, run);
  }

  runUntil(endMs: number): void {
    for (let first = this.#heap[0]; first && first.atMs <= endMs; first = this.#heap[0]) {
      this.nowMs = first.atMs;
      this.#removeFirst();
      first.run();
    }
    this.nowMs = endMs;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let index = 0;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    return !!a && !!b && (a.atMs < b.atMs || (a.atMs === b.atMs && a.no < b.no));
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a && b) [this.#heap[one], this.#heap[other]] = [b, a];
  }
}
