import { InvalidCursorError } from './ledger.errors.js';
import { decodeCursor, encodeCursor } from './queries/operation.cursor.js';
import { idsWithPrefix, isIdPrefix, isOperationId, smallestId, uuidv7 } from './operation.id.js';

describe('the beginning of an id', () => {
  const id = '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f';

  it('is a range of ids, at every length from 8', () => {
    for (let length = 8; length <= id.length; length += 1) {
      const prefix = id.slice(0, length);
      const [first, last] = idsWithPrefix(prefix);
      expect([prefix, isIdPrefix(prefix)]).toEqual([prefix, true]);
      expect([first, last].every((each) => isOperationId(each) && each.startsWith(prefix))).toBe(true);
      expect(first <= id && id <= last).toBe(true);
    }
    expect(idsWithPrefix('019cb8f2')).toEqual([
      '019cb8f2-0000-0000-0000-000000000000',
      '019cb8f2-ffff-ffff-ffff-ffffffffffff',
    ]);
  });

  it.each(['', '019cb8f', '019cb8f21', '019cb8f2-1c2b7', '019cb8fg', '019CB8F2', `${id}0`, '-'.repeat(8)])(
    'is not %j',
    (text) => expect(isIdPrefix(text)).toBe(false),
  );
});

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
