const RUNS = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Runs `run` when `signal` is aborted; returns what ends that. All calls that share a signal have one listener together:
 * Node warns of a leak at eleven.
 */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (!signal) return () => {};
  const runs = RUNS.get(signal) ?? listen(signal);
  runs.add(run);
  return () => {
    runs.delete(run);
    if (runs.size > 0 || RUNS.get(signal) !== runs) return;
    RUNS.delete(signal);
    signal.removeEventListener('abort', runAll);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const runs = new Set<() => void>();
  RUNS.set(signal, runs);
  signal.addEventListener('abort', runAll);
  return runs;
}

function runAll(this: AbortSignal): void {
  for (const run of RUNS.get(this) ?? []) run();
}

/** What `run` returns, unless `signal` is aborted before: not all that is waited for obeys a signal. */
export function unlessAborted<T>(signal: AbortSignal, run: () => T | Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    Promise.resolve(run()).then(resolve, reject);
  });
}
