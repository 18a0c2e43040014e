import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Returns to the system what only the start needed: loading 2,000 files lets V8's young generation grow to 128 MB. Takes about
 * 0.15 s, so it is called before the first request.
 */
export function releaseStartMemory(): void {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void;
  collectGarbage({ type: 'major', flavor: 'last-resort' });
  setFlagsFromString('--no-expose-gc');
}
