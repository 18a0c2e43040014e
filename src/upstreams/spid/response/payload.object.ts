import { utcOf } from './spid.time.js';
import { type JsonObject, objectOf } from '../../transport/response/json.body.js';
import { UnreadableError } from '../../transport/response/unreadable.error.js';

/** Vendor ids have at most 36 characters and no blanks. */
const ID = /^[\x21-\x7e]{1,128}$/;
/** Characters; five times what callers may write. */
const TEXT_LENGTH_MAX = 10_000;
/** Characters; voucher codes and token names have about a dozen. */
const WORD_LENGTH_MAX = 255;
/** Without tab and line breaks, which are legitimate. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const INTEGER = /^-?\d{1,15}$/;

/**
 * One vendor object, read field by field. Numbers come as strings or numbers, flags as `"1"`, `"0"` or booleans
 * (SPiD F19), and fields that are documented as always there may be null or absent (SPiD F20). Any other type is
 * unreadable. An empty string counts as absent, except in `text`.
 */
export class PayloadObject {
  readonly #fields: JsonObject;

  constructor(
    value: unknown,
    private readonly place: string,
    private readonly zone: string,
  ) {
    this.#fields = objectOf(value, place);
  }

  has(name: string): boolean {
    return this.raw(name) !== null;
  }

  /** Own fields only: `__proto__` is a field like any other. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? null) : null;
  }

  id(name: string): string {
    return this.idOrNull(name) ?? this.#unreadable(name);
  }

  /** The vendor writes `"0"` for none, for example for no order. */
  idOrNull(name: string): string | null {
    const value = this.raw(name);
    if (value === null || value === '' || value === '0' || value === 0) return null;
    const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
    return typeof id === 'string' && ID.test(id) ? id : this.#unreadable(name);
  }

  /** A string or a number as a string. People write titles and descriptions, so control characters are replaced, not refused. */
  text(name: string): string | null {
    const value = this.raw(name);
    if (value === null) return null;
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string' || value.length > TEXT_LENGTH_MAX) return this.#unreadable(name);
    return value.toWellFormed().replaceAll(CONTROL, '\uFFFD');
  }

  /** A string that identifies something, so nothing in it may be replaced. */
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

/** Whether it is a string of bounded length, not blank, without control characters. */
export function isWord(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > WORD_LENGTH_MAX || !value.isWellFormed()) return false;
  return value.trim() !== '' && !/[\u0000-\u001f\u007f-\u009f]/.test(value);
}

/** The values of a map from id to object. An empty map arrives as `[]` (SPiD F10). */
export function valuesOf(value: unknown, place: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) throw new UnreadableError(place);
  return Object.values(value);
}
