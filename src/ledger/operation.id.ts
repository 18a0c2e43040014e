import { randomUUID } from 'node:crypto';

const EXAMPLE_ID = '00000000-0000-0000-0000-000000000000';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** UUID version 7 (RFC 9562): begins with the time in milliseconds, so ids sort by time. */
export function uuidv7(timeMs: number): string {
  const time = hexOf(timeMs);
  // Of a random UUID, which takes its bits from a pool: the 74 bits after the version.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** A lower bound: no id created at or after this time sorts before it. */
export function smallestId(timeMs: number): string {
  const time = hexOf(timeMs);
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/** A later id that does not reveal the random last 48 bits of this one: the next one even among millions a second. */
export function idAfter(id: string): string {
  const high = BigInt(`0x${id.slice(0, -12).replaceAll('-', '')}`) + 1n;
  const hex = high.toString(16).padStart(20, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16)}-${'0'.repeat(12)}`;
}

/** The smallest and the largest id with this prefix, from `isIdPrefix`. */
export function idsWithPrefix(prefix: string): readonly [string, string] {
  const rest = (digit: string) =>
    prefix + `${digit.repeat(8)}-${`${digit.repeat(4)}-`.repeat(3)}${digit.repeat(12)}`.slice(prefix.length);
  return [rest('0'), rest('f')];
}

/** The beginning of an id, 8 characters or more: fewer are not even the minute. */
export function isIdPrefix(text: string): boolean {
  return text.length >= ID_PREFIX_LENGTH_MIN && UUID.test(text + EXAMPLE_ID.slice(text.length));
}

export const ID_PREFIX_LENGTH_MIN = 8;

export function isOperationId(text: string): boolean {
  return UUID.test(text);
}

function hexOf(timeMs: number): string {
  return Math.max(0, Math.floor(timeMs)).toString(16).padStart(12, '0');
}
