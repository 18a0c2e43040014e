import * as fc from 'fast-check';
import { parseIdempotencyKey } from './idempotency.key.js';

describe('parseIdempotencyKey', () => {
  it.each([
    ['order-8812', 'order-8812'],
    ['"order-8812"', 'order-8812'],
    ['  order-8812 ', 'order-8812'],
    ['a', 'a'],
    ['a,b;c=d', 'a,b;c=d'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    [String.raw`a\b`, String.raw`a\b`],
    ['k'.repeat(255), 'k'.repeat(255)],
    [`"${'k'.repeat(255)}"`, 'k'.repeat(255)],
  ])('accepts %j', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  it.each([
    [''],
    ['""'],
    ['   '],
    ['"open'],
    ['"a"b'],
    ['"a", "b"'],
    ['a b'],
    ['"a b"'],
    ['a, b'],
    ['sch\u00f6n'],
    ['a\tb'],
    [String.raw`"a\b"`],
    ['k'.repeat(256)],
    [`"${'k'.repeat(256)}"`],
  ])('rejects %j', (header) => {
    expect(parseIdempotencyKey(header)).toBeUndefined();
  });

  it('returns the same key quoted and bare', () => {
    const visible = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
      minLength: 1,
      maxLength: 255,
    });
    fc.assert(
      fc.property(
        visible.filter((key) => !key.startsWith('"')),
        (key) => {
          const quoted = `"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
          expect(parseIdempotencyKey(quoted)).toBe(key);
          expect(parseIdempotencyKey(key)).toBe(key);
        },
      ),
    );
  });
});
