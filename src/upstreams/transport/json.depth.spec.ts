import { assert, integer, json as anyJson, property } from 'fast-check';
import { isDeeperThan } from './json.depth.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

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
    expect(isDeeperThan(bytes(json), depthMax)).toBe(deeper);
  });

  it('agrees with the depth of the parsed value', () => {
    assert(
      property(anyJson(), integer({ min: 0, max: 8 }), (json, depthMax) => {
        expect(isDeeperThan(bytes(json), depthMax)).toBe(depthOf(JSON.parse(json)) > depthMax);
      }),
    );
  });
});
