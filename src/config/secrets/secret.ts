import { hash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * Shorter secrets are masked in the log only. In a response, a mask would confirm a guess that the caller has sent: 16
 * characters cannot be guessed, 6 lowercase letters can.
 */
export const GUESSABLE_LENGTH = 16;

/**
 * A credential. It prints as `[redacted]` in strings, JSON and inspection, so that no log line or error message
 * can carry it by accident. `reveal()` is the only way to its text: search for it to find every use.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    if (text === '') throw new TypeError('a secret must not be empty');
    this.#text = text;
  }

  /** The text itself. Call it only where a request is signed or authenticated. */
  reveal(): string {
    return this.#text;
  }

  /** Whether both have the same text; takes the same time whether they differ early or late. */
  equals(other: Secret): boolean {
    return timingSafeEqual(hash('sha256', this.#text, 'buffer'), hash('sha256', other.#text, 'buffer'));
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
