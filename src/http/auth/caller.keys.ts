import { hash, timingSafeEqual } from 'node:crypto';
import type { CallerKey, CallerSettings } from '../../config/settings/caller.settings.js';

export interface KnownKey {
  readonly caller: CallerSettings;
  readonly key: CallerKey;
}

/**
 * Finds the caller of a key by its SHA-256. The first four bytes select candidates, all 32 are compared in constant time.
 * The timing of the selection leaks only the hash of the guess, which an attacker can compute.
 */
export class CallerKeys {
  readonly #byPrefix = new Map<number, KnownKey[]>();

  constructor(callers: readonly CallerSettings[]) {
    for (const caller of callers) {
      for (const key of caller.keys) {
        const prefix = key.sha256.readUInt32BE();
        this.#byPrefix.set(prefix, [...(this.#byPrefix.get(prefix) ?? []), { caller, key }]);
      }
    }
  }

  /** Undefined for an unknown key. The period of validity is not checked: see `isInForce`. */
  find(text: string): KnownKey | undefined {
    const sha256 = hash('sha256', text, 'buffer');
    const candidates = this.#byPrefix.get(sha256.readUInt32BE()) ?? [];
    return candidates.find(({ key }) => timingSafeEqual(key.sha256, sha256));
  }
}

/** From `notBefore`, included, to `expires`, excluded. */
export function isInForce({ notBefore, expires }: CallerKey, now: Date): boolean {
  return (notBefore === undefined || notBefore <= now) && (expires === undefined || now < expires);
}
