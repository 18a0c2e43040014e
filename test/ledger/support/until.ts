import { setTimeout as pause } from 'node:timers/promises';

/** Waits until something holds; fails after 20 s. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await pause(10);
  }
}
