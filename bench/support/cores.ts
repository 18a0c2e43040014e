import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The server under test has a core to itself; load, upstream and databases share another. */
export const SERVER_CORE = '0';
export const OTHER_CORE = '1';

/** At the start: a process that keeps to one core is shown one. */
const available = availableParallelism();

/** Whether this machine can keep processes on cores. */
export function hasCores(): boolean {
  if (available < 2) return false;
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The start of a command that is to run on that core; empty where that is not possible. */
export const onCore = (core: string): string[] => (hasCores() ? ['taskset', '-c', core] : []);

/** Leaves the server's core to the server. */
export function leaveServerCore(): void {
  if (hasCores()) execFileSync('taskset', ['-cp', OTHER_CORE, String(process.pid)], { stdio: 'ignore' });
}
