import { onAbort } from './abort.listeners.js';

/** What a call takes from its surroundings. Tests pass their own. */
export interface Surroundings {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Milliseconds since 1970, for dates in `Retry-After`. */
  readonly date: () => number;
  /** Runs `run` after some milliseconds; returns what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly newId: () => string;
}

/** A longer timer would end at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const REAL_SURROUNDINGS: Surroundings = {
  fetch: (request) => fetch(request),
  now: () => performance.now(),
  date: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, TIMER_MS_MAX));
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  newId: () => crypto.randomUUID(),
};

/** Ends after `ms`, or as soon as `signal` is aborted. */
export async function pause(
  ms: number,
  signal: AbortSignal | undefined,
  { after }: Surroundings,
): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const cancel = after(ms, end);
    const ignore = onAbort(signal, end);
    function end(): void {
      cancel();
      ignore();
      resolve();
    }
  });
}
