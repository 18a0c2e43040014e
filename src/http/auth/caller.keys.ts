import { hash, timingSafeEqual } from 'node:crypto';
import type { CallerKey, CallerSettings } from '../../config/settings/caller.settings.js';

export interface KnownKey {
  readonly caller: CallerSettings;
  readonly key: CallerKey;
}

/** Hex digits of a hash that select candidates. */
const PREFIX_LENGTH = 8;

/**
 * Finds the caller of a key by its SHA-256. The first four bytes select candidates, all 32 are compared in constant time.
 * The timing of the selection leaks only the hash of the guess, which an attacker can compute.
 */
export class CallerKeys {
  readonly #byPrefix = new Map<string, KnownKey[]>();

  constructor(callers: readonly CallerSettings[]) {
    for (const caller of callers) {
      for (const key of caller.keys) {
        const prefix = prefixOf(key.sha256.toString('hex'));
        const candidates = this.#byPrefix.get(prefix);
        if (candidates) candidates.push({ caller, key });
        else this.#byPrefix.set(prefix, [{ caller, key }]);
      }
    }
  }

  /** Undefined for an unknown key. The period of validity is not checked: see `isInForce`. */
  find(text: string): KnownKey | undefined {
    // A buffer from `hash` costs three times as much as the string, and most unknown keys have no candidate.
    const hex = hash('sha256', text, 'hex');
    const candidates = this.#byPrefix.get(prefixOf(hex));
    if (!candidates) return undefined;
    const sha256 = Buffer.from(hex, 'hex');
    return candidates.find(({ key }) => timingSafeEqual(key.sha256, sha256));
  }
}

function prefixOf(hex: string): string {
  return hex.slice(0, PREFIX_LENGTH);
}

/** From `notBefore`, included, to `expires`, excluded. */
export function isInForce({ notBefore, expires }: CallerKey, now: Date): boolean {
  return (notBefore === undefined || notBefore <= now) && (expires === undefined || now < expires);
}
