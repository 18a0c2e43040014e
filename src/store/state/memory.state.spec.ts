import * as fc from 'fast-check';
import { MemoryState } from './memory.state.js';

const WINDOWS_MAX = 4;

interface Hit {
  readonly key: string;
  readonly windowMs: number;
  readonly afterMs: number;
}

/** The same rules over a plain list: what has ended goes from the front, and the oldest when there are too many. */
class ListedWindows {
  #windows: { readonly key: string; readonly endsMs: number; hits: number }[] = [];

  hit(nowMs: number, { key, windowMs }: Hit): { hits: number; msLeft: number } {
    let window = this.#windows.find((each) => each.key === key);
    if (!window || window.endsMs <= nowMs) {
      this.#windows = this.#windows.filter((each) => each.key !== key);
      while (this.#windows[0] && (this.#windows[0].endsMs <= nowMs || this.#windows.length >= WINDOWS_MAX)) {
        this.#windows.shift();
      }
      window = { key, endsMs: nowMs + windowMs, hits: 0 };
      this.#windows.push(window);
    }
    window.hits += 1;
    return { hits: window.hits, msLeft: window.endsMs - nowMs };
  }
}

describe('MemoryState', () => {
  it('counts as a plain list of windows does, in whichever order windows begin, end and are evicted', async () => {
    const hits = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
        windowMs: fc.constantFrom(1, 5, 50),
        afterMs: fc.nat({ max: 6 }),
      }),
      { maxLength: 80 },
    );
    await fc.assert(
      fc.asyncProperty(hits, async (each) => {
        const clock = { ms: 0, now: () => new Date(0), monotonicMs: () => clock.ms };
        const state = new MemoryState(clock, WINDOWS_MAX);
        const list = new ListedWindows();
        for (const hit of each) {
          clock.ms += hit.afterMs;
          expect(await state.hit('test', hit.key, hit.windowMs)).toEqual(list.hit(clock.ms, hit));
        }
      }),
      { numRuns: 300 },
    );
  });
});
