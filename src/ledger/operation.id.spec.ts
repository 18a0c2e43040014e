import { InvalidCursorError } from './ledger.errors.js';
import { decodeCursor, encodeCursor } from './queries/operation.cursor.js';
import { isOperationId, smallestId, uuidv7 } from './operation.id.js';

describe('uuidv7', () => {
  it('returns a UUID of version 7 that begins with the time', () => {
    const id = uuidv7(Date.parse('2026-03-04T12:29:06.123Z'));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(
      Date.parse('2026-03-04T12:29:06.123Z'),
    );
    expect(isOperationId(id)).toBe(true);
  });

  it('sorts by time, never before smallestId of its time', () => {
    expect(uuidv7(1_000) < uuidv7(1_001)).toBe(true);
    expect(smallestId(1_000) < uuidv7(1_000)).toBe(true);
    expect(uuidv7(1_000) < smallestId(1_001)).toBe(true);
    expect(isOperationId(smallestId(-5))).toBe(true);
  });

  it('returns a different id every time', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => uuidv7(1))).size).toBe(1_000);
  });

  it.each(['', 'x', '0', `${uuidv7(1)} `, uuidv7(1).toUpperCase().replace('7', 'G')])(
    'is not %j, according to isOperationId',
    (text) => {
      expect(isOperationId(text)).toBe(false);
    },
  );
});

describe('a list cursor', () => {
  it('decodes to the id it was encoded from', () => {
    const id = uuidv7(1_772_627_346_123);
    expect(decodeCursor(encodeCursor(id))).toBe(id);
  });

  it.each(['', 'abc', 'A'.repeat(23), '=='.repeat(11)])('throws for %j', (cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(InvalidCursorError);
  });
});
