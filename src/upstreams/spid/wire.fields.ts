import { utcOf } from './spid.time.js';
import { UnreadableError } from './unreadable.error.js';

/** No id of the vendor has more than 36 characters; what is longer or has blanks is not one. */
const ID = /^[\x21-\x7e]{1,128}$/;
/** Five times what we let callers write; longer ones would only fill memories. */
const TEXT_LENGTH_MAX = 10_000;
/** Voucher codes and token names have some dozen characters. */
const WORD_LENGTH_MAX = 255;
/** Tabs and line breaks are part of a text. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const INTEGER = /^-?\d{1,15}$/;

/**
 * One vendor object, read field by field. Numbers come as strings, flags as `"1"` and `"0"`, some of both as what
 * they are (SPiD F19), and fields that are documented as always there are null or absent (SPiD F20). Every other
 * type is unreadable. An empty text counts as absent for everything but texts.
 */
export class WireObject {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly place: string,
    private readonly zone: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableError(place);
    this.#fields = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.raw(name) !== null;
  }

  /** Only the object's own fields: `__proto__` and its kind are fields like any other. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? null) : null;
  }

  id(name: string): string {
    return this.idOrNull(name) ?? this.#unreadable(name);
  }

  /** `"0"` is how the vendor says that there is none, for example no order. */
  idOrNull(name: string): string | null {
    const value = this.raw(name);
    if (value === null || value === '' || value === '0' || value === 0) return null;
    const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    return typeof id === 'string' && ID.test(id) ? id : this.#unreadable(name);
  }

  /** A text or a number as text. People write titles and descriptions, so control characters are replaced, not refused. */
  text(name: string): string | null {
    const value = this.raw(name);
    if (value === null) return null;
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string' || value.length > TEXT_LENGTH_MAX) return this.#unreadable(name);
    return value.toWellFormed().replaceAll(CONTROL, '\uFFFD');
  }

  /** A text that names something, to be used as it is: nothing in it can be replaced. */
  word(name: string): string {
    const value = this.raw(name);
    return isWord(value) ? value : this.#unreadable(name);
  }

  integer(name: string): number | null {
    const value = this.raw(name);
    if (value === null || value === '') return null;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return typeof value === 'string' && INTEGER.test(value) ? Number(value) : this.#unreadable(name);
  }

  flag(name: string): boolean | null {
    const value = this.raw(name);
    if (value === null || value === '') return null;
    if (value === true || value === 1 || value === '1') return true;
    return value === false || value === 0 || value === '0' ? false : this.#unreadable(name);
  }

  time(name: string): string | null {
    const value = this.raw(name);
    if (value === null || value === '') return null;
    return typeof value === 'string' ? utcOf(value, this.zone) : this.#unreadable(name);
  }

  #unreadable(name: string): never {
    throw new UnreadableError(`${this.place}: ${name}`);
  }
}

/** A text of a sane length, not blank, without control characters. */
export function isWord(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > WORD_LENGTH_MAX || !value.isWellFormed()) return false;
  return value.trim() !== '' && !/[\u0000-\u001f\u007f-\u009f]/.test(value);
}

export function listOf(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnreadableError(place);
  return value;
}

/** The values of a map from id to object. An empty map arrives as `[]` (SPiD F10). */
export function valuesOf(value: unknown, place: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) throw new UnreadableError(place);
  return Object.values(value);
}
