import type { Protection } from './retry.policy.js';

/** Writes that take no key. */
export const KEYLESS_WRITES: ReadonlySet<string> = new Set(['probeOperation', 'resolveOperation']);

/** @param name of the call, an `operationId` */
export function protectionOf(name: string, method: string): Protection {
  if (method === 'GET') return 'read';
  return KEYLESS_WRITES.has(name) ? 'none' : 'key';
}
