import { setTimeout as pause } from 'node:timers/promises';

/** Far longer than a wait on a machine with a load of 20; shorter than a test may take, whose end names no condition. */
const TIMEOUT_MS = 240_000;

/** Waits until something holds. @throws Error when it does not within 4 minutes */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await pause(10);
  }
}
