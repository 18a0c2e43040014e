import { InvalidCursorError } from '../ledger/ledger.errors.js';

/** 12 digits: far more groups than exist, and an exact integer even after another page. */
const POSITION = /^[1-9]\d{0,11}$/;

/** Opaque cursor of the page that begins after so many groups: the upstream pages by offset only (SPiD A8). */
export function encodePosition(offset: number): string {
  return Buffer.from(String(offset)).toString('base64url');
}

/** @throws InvalidCursorError */
export function decodePosition(cursor: string): number {
  const position = Buffer.from(cursor, 'base64url').toString();
  if (POSITION.test(position) && encodePosition(Number(position)) === cursor) return Number(position);
  throw new InvalidCursorError();
}
