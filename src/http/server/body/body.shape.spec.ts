import { assert, json as anyJson, property } from 'fast-check';
import { type BodyLimits, excessOf } from './body.shape.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const NONE: BodyLimits = { depth: Infinity, values: Infinity };

/** By the parsed value. */
function shapeOf(value: unknown): BodyLimits {
  if (typeof value !== 'object' || value === null) return { depth: 0, values: 0 };
  const parts = Object.values(value).map(shapeOf);
  return {
    depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)),
    values: Math.max(1, parts.length) + parts.reduce((sum, { values }) => sum + values, 0),
  };
}

describe('excessOf', () => {
  it.each<[string, Partial<BodyLimits>, string | undefined]>([
    ['1', { depth: 0, values: 0 }, undefined],
    ['[]', { depth: 0 }, 'depth'],
    ['[[],{}]', { depth: 2 }, undefined],
    ['[[{}]]', { depth: 2 }, 'depth'],
    ['"[[["', { depth: 0 }, undefined],
    [String.raw`"\"[[["`, { depth: 0 }, undefined],
    [String.raw`["\\",[]]`, { depth: 1 }, 'depth'],
    ['"[[[', { depth: 0 }, undefined],
    ['{"a,b":"c,d,e"}', { values: 1 }, undefined],
    ['{"a":1,"b":2}', { values: 1 }, 'values'],
    ['{"a":[1,2,3]}', { values: 4 }, undefined],
    ['{"a":[1,2,3]}', { values: 3 }, 'values'],
    ['[[[[]],[[]]]]', { values: 5 }, 'values'],
  ])('%s within %j: %s', (json, limits, excess) => {
    expect(excessOf(bytes(json), { ...NONE, ...limits })).toBe(excess);
  });

  it('agrees with the parsed value', () => {
    assert(
      property(anyJson(), (json) => {
        const shape = shapeOf(JSON.parse(json));
        expect(excessOf(bytes(json), shape)).toBeUndefined();
        for (const name of ['depth', 'values'] as const) {
          if (shape[name] > 0)
            expect(excessOf(bytes(json), { ...shape, [name]: shape[name] - 1 })).toBe(name);
        }
      }),
    );
  });
});
