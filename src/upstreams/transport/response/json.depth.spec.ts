import {
  array,
  assert,
  constantFrom,
  dictionary,
  integer,
  json as anyJson,
  property,
  record,
  string,
} from 'fast-check';
import { isDeeperThan } from './json.depth.js';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

const isDeeper = (json: string, depthMax: number): boolean => isDeeperThan(json, Buffer.from(json), depthMax);

describe('isDeeperThan', () => {
  it.each([
    ['1', 0, false],
    ['[]', 0, true],
    ['[]', 1, false],
    ['[[],{}]', 2, false],
    ['[[{}]]', 2, true],
    ['"[[[["', 0, false],
    [String.raw`"\"[[["`, 0, false],
    [String.raw`["\\",[]]`, 1, true],
  ])('%s at most %i: %s', (json, depthMax, deeper) => {
    expect(isDeeper(json, depthMax)).toBe(deeper);
  });

  it('is not misled by strings full of brackets, quotes and backslashes', () => {
    const strings = string({ unit: constantFrom('[', ']', '{', '}', '"', '\\', ',', 'é', '嬢') });
    assert(
      property(strings, strings, integer({ min: 1, max: 6 }), (key, text, depth) => {
        const json = JSON.stringify({
          [key]: text,
          inner: JSON.parse('['.repeat(depth) + ']'.repeat(depth)),
        });
        expect([isDeeper(json, depth), isDeeper(json, depth + 1)]).toEqual([true, false]);
      }),
    );
  });

  it.each([
    // Brackets that close in strings: before the end of the string, before its next quote, and before a key of one comma.
    ['["]]]]",[[]]]', 2, true],
    ['["]","}","]}",[[]]]', 2, true],
    ['["]"\n,[[]]]', 2, true],
    ['[{"a":"]"},[[]]]', 2, true],
    ['["}","]",{"a":[]}]', 2, true],
    ['[{"},":"]"},[[]]]', 2, true],
    ['[{},{",":[]},[]]', 2, true],
    ['[{"a":1},"b",[],[{}],"}]",{"c":[[]]}]', 3, true],
    ['[{"a":1},"b",[],[{}],"}]",{"c":[[]]}]', 4, false],
  ])('counts no bracket in a string of %s: more than %i is %s', (json, depthMax, deeper) => {
    expect(isDeeper(json, depthMax)).toBe(deeper);
  });

  it('agrees with the depth of lists of the shape that the vendors send', () => {
    const text = string({ unit: constantFrom('[', ']', '{', '}', ',', ' ', '"', '\\', ':', 'a') });
    const entry = record({ a: text, b: array(dictionary(text, text), { maxLength: 2 }) });
    assert(
      property(
        dictionary(text, entry),
        array(entry),
        integer({ min: 1, max: 6 }),
        (data, items, depthMax) => {
          const value = { data, items, last: 1 };
          expect(isDeeper(JSON.stringify(value), depthMax)).toBe(depthOf(value) > depthMax);
        },
      ),
    );
  });

  it('agrees with the depth of the parsed value', () => {
    assert(
      property(anyJson(), integer({ min: 0, max: 8 }), (json, depthMax) => {
        expect(isDeeper(json, depthMax)).toBe(depthOf(JSON.parse(json)) > depthMax);
      }),
    );
  });
});
