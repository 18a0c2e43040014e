import { ProblemError } from '../../http/problems/problem.error.js';

/** Where the next page begins, as an opaque text: after this operation. */
export function encodeCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** @throws ProblemError validation-failed */
export function decodeCursor(cursor: string): string {
  const hex = /^[A-Za-z0-9_-]{22}$/.test(cursor) ? Buffer.from(cursor, 'base64url').toString('hex') : '';
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (id.length === 36) return id;
  throw new ProblemError('validation-failed', 'The cursor is not valid.', {
    errors: [{ pointer: '/query/cursor', detail: 'must be the nextCursor of an earlier page' }],
  });
}
