import { anything, assert, jsonValue, property } from 'fast-check';
import { codePoint } from '../../../test/support/code.point.js';
import { STORED_DEPTH_MAX, storableJson } from './storable.json.js';

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

describe('storableJson', () => {
  it.each<[unknown, unknown]>([
    [{ 'a\0': 1 }, { 'a\uFFFD': 1 }],
    [{ '\ud800': { '\udc00b': ['\0'] } }, { '\uFFFD': { '\uFFFDb': ['\uFFFD'] } }],
    [[{ '\0': [{ '\0': 1 }] }], [{ '\uFFFD': [{ '\uFFFD': 1 }] }]],
    ['💩\ud83d', '💩\uFFFD'],
    [
      { '\0': 1, '\ud800': 2, '\uFFFD': 3, '\uFFFD (2)': 4 },
      { '\uFFFD (3)': 1, '\uFFFD (4)': 2, '\uFFFD': 3, '\uFFFD (2)': 4 },
    ],
    [
      { at: new Date(0), gone: undefined },
      { at: '1970-01-01T00:00:00.000Z', gone: undefined },
    ],
    [JSON.parse('{"__proto__":{"\\u0000":1}}'), JSON.parse('{"__proto__":{"\uFFFD":1}}')],
    [null, null],
  ])('makes of %j %j', (value, expected) => {
    const stored = storableJson(value);
    expect(JSON.stringify(stored)).toBe(JSON.stringify(expected));
    expect(stored).toEqual(expected);
  });

  it('leaves JSON without such texts as it is, `__proto__` as a member included', () => {
    assert(
      property(jsonValue({ stringUnit: codePoint }), (value) => {
        if (JSON.stringify(value).includes('\\u0000')) return;
        expect(JSON.stringify(storableJson(value))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('accepts any value of a program', () => {
    assert(property(anything({ withNullPrototype: true }), (value) => void storableJson(value)));
  });

  it('keeps so many levels and marks where it cut', () => {
    const { length } = JSON.stringify(nested(STORED_DEPTH_MAX));
    expect(JSON.stringify(storableJson(nested(STORED_DEPTH_MAX)))).toHaveLength(length);
    expect(JSON.stringify(storableJson(nested(100_000)))).toContain('[nested too deeply]');
  });

  it('takes many names that all become one in time that grows with their number', () => {
    const names = Array.from(
      { length: 20_000 },
      (_, at) => `\0${'\ud800'.repeat(at % 7)}${String.fromCharCode(0xd800 + (at % 0x400))}`,
    );
    const value = Object.fromEntries(names.map((name) => [name, 1]));
    expect(Object.keys(storableJson(value) as object)).toHaveLength(Object.keys(value).length);
  });
});
