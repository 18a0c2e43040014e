import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds. @throws Error when it does not within the time */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  timeoutMs = 120_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await sleep(20);
  }
}
