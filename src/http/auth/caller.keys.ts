import { hash, timingSafeEqual } from 'node:crypto';
import type { CallerKey, CallerSettings } from '../../config/settings/caller.settings.js';

export interface KnownKey {
  readonly caller: CallerSettings;
  readonly key: CallerKey;
}

/** Hex digits of a hash that select candidates. */
const PREFIX_LENGTH = 8;

/** Keys remembered with one connection: a proxy can send requests of several callers through it. */
const REMEMBERED_MAX = 8;

/**
 * Finds the caller of a key by its SHA-256. The first four bytes select candidates, all 32 are compared in constant time.
 * The timing of the selection leaks only the hash of the guess, which an attacker can compute.
 *
 * A key that was found is remembered with its connection, on which it usually comes again, and for as long: SHA-256 is the
 * most expensive step of a request in memory. It is found again by a hash with a secret seed (that of a `Map`), so that
 * timing reveals nothing about a remembered key.
 */
export class CallerKeys {
  readonly #byPrefix = new Map<string, KnownKey[]>();
  readonly #byConnection = new WeakMap<object, Map<string, KnownKey>>();

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

  /**
   * Undefined for an unknown key. The period of validity is not checked: see `isInForce`.
   * @param connection where the key came from
   */
  find(text: string, connection: object): KnownKey | undefined {
    const remembered = this.#byConnection.get(connection);
    const known = remembered?.get(text);
    if (known) return known;
    const found = this.#search(text);
    if (!found) return undefined;
    if (!remembered) this.#byConnection.set(connection, new Map([[text, found]]));
    else if (remembered.size < REMEMBERED_MAX) remembered.set(text, found);
    return found;
  }

  #search(text: string): KnownKey | undefined {
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
