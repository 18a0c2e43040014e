import { setTimeout as sleep } from 'node:timers/promises';

/** Far longer than any wait on a machine with a load of 20, and shorter than the limit of a test, whose error names no condition. */
const TIMEOUT_MS = 240_000;

/** Polls until the condition holds. @throws Error after `timeoutMs`, with `what` in its message */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await sleep(10);
  }
}
