import { assert, json as anyJson, property } from 'fast-check';
import { type BodyLimits, shapeOf, countValues } from './body.shape.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const NONE: BodyLimits = { depth: Infinity, values: Infinity };

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('shapeOf', () => {
  it.each<[string, Partial<BodyLimits>, string | number]>([
    ['1', { depth: 0, values: 0 }, 0],
    ['[]', { depth: 0 }, 'depth'],
    ['[[],{}]', { depth: 2 }, 4],
    ['[[{}]]', { depth: 2 }, 'depth'],
    ['"[[["', { depth: 0 }, 0],
    [String.raw`"\"[[["`, { depth: 0 }, 0],
    [String.raw`["\\",[]]`, { depth: 1 }, 'depth'],
    ['"[[[', { depth: 0 }, 0],
    ['{"a,b":"c,d,e"}', { values: 1 }, 1],
    ['{"a":1,"b":2}', { values: 1 }, 'values'],
    ['{"a":[1,2,3]}', { values: 4 }, 4],
    ['{"a":1,"a":2}', {}, 2],
    ['{"a":[1,2,3]}', { values: 3 }, 'values'],
    ['[[[[]],[[]]]]', { values: 5 }, 'values'],
  ])('%s within %j: %s', (json, limits, shape) => {
    expect(shapeOf(bytes(json), { ...NONE, ...limits })).toBe(shape);
  });

  it('agrees with the parsed value', () => {
    assert(
      property(anyJson(), (json) => {
        const parsed: unknown = JSON.parse(json);
        const shape = { depth: depthOf(parsed), values: countValues(parsed) };
        expect(shapeOf(bytes(json), shape)).toBe(shape.values);
        for (const name of ['depth', 'values'] as const) {
          if (shape[name] > 0) expect(shapeOf(bytes(json), { ...shape, [name]: shape[name] - 1 })).toBe(name);
        }
      }),
    );
  });
});

describe('countValues', () => {
  it.each(['{"a":1,"a":2}', String.raw`{"a":1,"b":[{"\u0061":1,"a":2}]}`])(
    'is less than the text has for %s',
    (json) => {
      expect(countValues(JSON.parse(json))).toBeLessThan(Number(shapeOf(bytes(json), NONE)));
    },
  );
});
