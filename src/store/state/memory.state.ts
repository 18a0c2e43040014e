import type { Clock } from '../../config/clock.js';
import { SharedState, type WindowHits } from './shared.state.js';

interface Window {
  hits: number;
  readonly endsMs: number;
}

/**
 * Per counter. Callers are far fewer; source addresses can be many, and 10,000 of them take about 2 MB. When there are
 * more, the oldest window is forgotten, and the next hit of that address begins another.
 */
const WINDOWS_MAX = 10_000;

/** In this process. No timer: a window that has ended is removed when another begins. */
export class MemoryState extends SharedState {
  readonly #counters = new Map<string, Windows>();

  constructor(
    private readonly clock: Clock,
    private readonly windowsMax: number = WINDOWS_MAX,
  ) {
    super();
  }

  async hit(counter: string, key: string, windowMs: number): Promise<WindowHits> {
    const nowMs = this.clock.monotonicMs();
    let windows = this.#counters.get(counter);
    if (!windows) this.#counters.set(counter, (windows = new Windows(this.windowsMax)));
    const window = windows.openAt(nowMs, key, windowMs);
    window.hits += 1;
    return { hits: window.hits, msLeft: window.endsMs - nowMs };
  }
}

/** The windows of one counter, in the order in which they began. */
class Windows {
  readonly #byKey = new Map<string, Window>();

  /**
   * Points at the oldest window and lives as long as the map: an iterator made anew for each window steps over every
   * entry that was deleted before it, which costs 5 times as much while addresses are many.
   */
  #iterator = this.#byKey.entries();
  #oldest: [key: string, window: Window] | undefined;

  constructor(private readonly max: number) {}

  openAt(nowMs: number, key: string, windowMs: number): Window {
    const known = this.#byKey.get(key);
    if (known && known.endsMs > nowMs) return known;
    this.#byKey.delete(key);
    this.#makeRoom(nowMs);
    const window = { hits: 0, endsMs: nowMs + windowMs };
    this.#byKey.set(key, window);
    return window;
  }

  /** Removes from the oldest on, up to the first window that is still open and has room. */
  #makeRoom(nowMs: number): void {
    for (let oldest = this.#first(); oldest; oldest = this.#first()) {
      const [key, { endsMs }] = oldest;
      if (endsMs > nowMs && this.#byKey.size < this.max) return;
      this.#byKey.delete(key);
    }
  }

  #first(): [key: string, window: Window] | undefined {
    while (this.#byKey.size > 0) {
      const oldest = this.#oldest;
      if (oldest && this.#byKey.get(oldest[0]) === oldest[1]) return oldest;
      const next = this.#iterator.next();
      if (next.done) this.#iterator = this.#byKey.entries();
      else this.#oldest = next.value;
    }
    return undefined;
  }
}
