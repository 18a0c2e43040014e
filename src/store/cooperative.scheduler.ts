import { performance } from 'node:perf_hooks';

/** Time of one turn of the event loop: what arrived meanwhile, for example a read, waits so much longer. */
const TURN_MS = 3;

/** Works in one turn at most; each takes 0.1 to 1 ms. */
const WORKS_MAX = 32;

/**
 * Work that has waited so long runs even in a turn whose time is used up. A process that cannot keep up then falls behind
 * with its event loop, for which requests are refused, in place of a queue that grows.
 */
const WAIT_MS_MAX = 500;

interface Waiting {
  readonly work: () => void;
  readonly sinceMs: number;
}

/**
 * Divides a burst of work over several turns of the event loop. Node completes everything that is due in one turn before
 * it reads what arrived meanwhile: 200 writes that come together would stop all else for the time of all of them.
 */
export class CooperativeScheduler {
  readonly #waiting: Waiting[] = [];
  /** Callbacks that are due in the next turn. */
  #due = 0;
  /** When the current turn began; undefined before its first work. */
  #beganMs: number | undefined;

  /** @param now a monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Runs the work at once while this turn has time for it, otherwise in one of the next turns, in the order of calls. */
  run(work: () => void): void {
    const nowMs = this.now();
    this.#beganMs ??= nowMs;
    const isNow = this.#waiting.length === 0 && nowMs - this.#beganMs < TURN_MS;
    if (!isNow) this.#waiting.push({ work, sinceMs: nowMs });
    this.#schedule();
    if (isNow) work();
  }

  /** Resolves when it may go on. */
  yield(): Promise<void> {
    return new Promise((resolve) => this.run(resolve));
  }

  /** One callback for each work: what its promises do runs between two callbacks, and its time counts. */
  #schedule(): void {
    if (this.#due > 0) return;
    this.#due = Math.min(Math.max(this.#waiting.length, 1), WORKS_MAX);
    setImmediate(() => {
      this.#beganMs = undefined;
      this.#step();
    });
    for (let count = 1; count < this.#due; count += 1) setImmediate(() => this.#step());
  }

  #step(): void {
    this.#due -= 1;
    const [first] = this.#waiting;
    if (!first) return;
    const nowMs = this.now();
    this.#beganMs ??= nowMs;
    const isDue = nowMs - this.#beganMs < TURN_MS || nowMs - first.sinceMs > WAIT_MS_MAX;
    if (isDue) this.#waiting.shift();
    if (this.#waiting.length > 0) this.#schedule();
    if (isDue) first.work();
  }
}

/** Of this process, which has one event loop. */
export const scheduler = new CooperativeScheduler();
