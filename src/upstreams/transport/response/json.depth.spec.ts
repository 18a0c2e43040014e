import { assert, constantFrom, integer, json as anyJson, property, string } from 'fast-check';
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

  it('agrees with the depth of the parsed value', () => {
    assert(
      property(anyJson(), integer({ min: 0, max: 8 }), (json, depthMax) => {
        expect(isDeeper(json, depthMax)).toBe(depthOf(JSON.parse(json)) > depthMax);
      }),
    );
  });
});
