import { InvalidCursorError } from '../ledger.errors.js';

/** Opaque cursor of the page after this operation (keyset pagination). */
export function encodeCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** @throws InvalidCursorError */
export function decodeCursor(cursor: string): string {
  const hex = /^[A-Za-z0-9_-]{22}$/.test(cursor) ? Buffer.from(cursor, 'base64url').toString('hex') : '';
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (id.length === 36) return id;
  throw new InvalidCursorError();
}
