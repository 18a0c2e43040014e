import type { Clock } from '../config/clock.js';
import { SharedState, type WindowHits } from './shared.state.js';

interface Window {
  hits: number;
  readonly endsMs: number;
}

/**
 * Per counter. Callers are far fewer; source addresses can be many, and 10,000 of them take about 2 MB. When there are
 * more, the oldest window is forgotten, which lets that address begin anew.
 */
const WINDOWS_MAX = 10_000;

/** In this process. No timer: a window that has ended is swept out when another begins. */
export class MemoryState extends SharedState {
  /** By counter, then by key, in the order in which the windows began. */
  readonly #windows = new Map<string, Map<string, Window>>();

  constructor(
    private readonly clock: Clock,
    private readonly windowsMax: number = WINDOWS_MAX,
  ) {
    super();
  }

  async hit(counter: string, key: string, windowMs: number): Promise<WindowHits> {
    const nowMs = this.clock.monotonicMs();
    const windows = this.#windowsOf(counter);
    let window = windows.get(key);
    if (!window || window.endsMs <= nowMs) {
      windows.delete(key);
      this.#makeRoom(windows, nowMs);
      window = { hits: 0, endsMs: nowMs + windowMs };
      windows.set(key, window);
    }
    window.hits += 1;
    return { hits: window.hits, msLeft: window.endsMs - nowMs };
  }

  #windowsOf(counter: string): Map<string, Window> {
    let windows = this.#windows.get(counter);
    if (!windows) this.#windows.set(counter, (windows = new Map()));
    return windows;
  }

  /** The oldest stand first, so looking stops at the first one that is still open. */
  #makeRoom(windows: Map<string, Window>, nowMs: number): void {
    for (const [key, { endsMs }] of windows) {
      if (endsMs > nowMs && windows.size < this.windowsMax) return;
      windows.delete(key);
    }
  }
}
