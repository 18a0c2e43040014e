import { anything, assert, array, constantFrom, json, nat, property, string } from 'fast-check';
import { jsonSyntaxErrorOf, placeOfInvalidUtf8, placeOfRepeatedName } from './json.syntax.js';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '-',
  '0',
  '12',
  '.',
  'e',
  '+',
  'tru',
  'null',
  ' ',
  '\n',
  'a',
];

describe('jsonSyntaxErrorOf', () => {
  it.each<[string, number, number, string]>([
    ['{"userId": "42" "group": 1}', 1, 17, 'a comma or }'],
    ['{\n  "userId": "42",\n}', 3, 1, 'a name in double quotes'],
    ['{\r\n  userId: 1}', 2, 3, 'a name in double quotes or }'],
    ["{'userId': 1}", 1, 2, 'a name in double quotes or }'],
    ['{"a" 1}', 1, 6, 'a colon'],
    ['{"a": }', 1, 7, 'a value'],
    ['{"a": tru}', 1, 7, 'a value'],
    ['{"a": NaN}', 1, 7, 'a value'],
    ['[1 2]', 1, 4, 'a comma or ]'],
    ['[1,]', 1, 4, 'a value'],
    ['[}', 1, 2, 'a value or ]'],
    ['{"a": 01}', 1, 8, 'a comma or }'],
    ['{"a": 1.}', 1, 9, 'a digit'],
    ['{"a": -x}', 1, 8, 'a digit'],
    ['{"a": 1e+}', 1, 10, 'a digit'],
    ['{"a": "x\ny"}', 1, 9, 'an escaped control character'],
    [String.raw`{"a": "\x"}`, 1, 8, String.raw`an escape such as \n or \u00e5`],
    ['{"å😀": x}', 1, 8, 'a value'],
    ['{} {}', 1, 4, 'the end of the body'],
    ['hello', 1, 1, 'a value'],
  ])('finds the place in %j', (text, line, column, expected) => {
    expect(jsonSyntaxErrorOf(text)).toEqual({ line, column, isEnd: false, expected });
  });

  it.each<[string, number, number, string]>([
    ['', 1, 1, 'a value'],
    [' \n ', 2, 2, 'a value'],
    ['{"userId":', 1, 11, 'a value'],
    ['{"userId": "42"', 1, 16, 'a comma or }'],
    ['{"userId": "4', 1, 14, 'a closing double quote'],
    ['[1', 1, 3, 'a comma or ]'],
    ['-', 1, 2, 'a digit'],
  ])('finds the end of %j', (text, line, column, expected) => {
    expect(jsonSyntaxErrorOf(text)).toEqual({ line, column, isEnd: true, expected });
  });

  it('agrees with JSON.parse on what is JSON', () => {
    const pieces = array(constantFrom(...PIECES), { maxLength: 12 }).map((each) => each.join(''));
    assert(
      property(pieces, (text) => (jsonSyntaxErrorOf(text) === undefined) === isJson(text)),
      {
        numRuns: 2_000,
      },
    );
    assert(property(json(), (text) => jsonSyntaxErrorOf(text) === undefined));
    assert(property(anything(), (value) => jsonSyntaxErrorOf(JSON.stringify(value) ?? '0') === undefined));
  });

  it('names the first place that is wrong: the text before it can be continued to JSON', () => {
    const damaged = json().chain((text) =>
      nat(text.length).chain((at) =>
        string({ maxLength: 3 }).map((more) => text.slice(0, at) + more + text.slice(at + 1)),
      ),
    );
    assert(
      property(damaged, (text) => {
        const error = jsonSyntaxErrorOf(text);
        if (!error || error.line > 1) return true;
        const before = Array.from(text)
          .slice(0, error.column - 1)
          .join('');
        return jsonSyntaxErrorOf(before)?.isEnd !== false;
      }),
    );
  });

  it('takes a string of a megabyte', () => {
    const text = `["${String.raw`x\n`.repeat(300_000)}"`;
    expect(jsonSyntaxErrorOf(text)).toMatchObject({ column: text.length + 1, isEnd: true });
  });
});

describe('placeOfRepeatedName', () => {
  it.each<[string, number | undefined]>([
    ['{"a":1,"a":1}', 8],
    ['{"a":{"b":1,"c":[{"b":1,"b":1}]}}', 25],
    [String.raw`{"å":1,"\u00e5":1,"å":1}`, 8],
    ['{"a":{"a":[{"a":1},{"a":1}]},"A":1}', undefined],
    ['["a","a"]', undefined],
  ])('of %s is column %p', (text, column) => {
    expect(placeOfRepeatedName(text)).toEqual(column && { line: 1, column });
  });
});

describe('placeOfInvalidUtf8', () => {
  const bytes = (...parts: (string | number[])[]) =>
    Buffer.concat(parts.map((part) => Buffer.from(part as string)));

  it.each<[string, Buffer, number, number]>([
    ['Latin-1', bytes('{"name": "J', [0xfc], 'rgen"}'), 1, 12],
    ['the first byte', bytes([0xff], '{}'), 1, 1],
    ['a later line', bytes('{\n  "å": "', [0xe5], '"}'), 2, 9],
    ['a cut character at the end', bytes('"å😀', [0xf0, 0x9f]), 1, 4],
    ['a byte after a real U+FFFD', bytes('"\ufffdx', [0x80]), 1, 4],
  ])('finds %s', (_name, body, line, column) => {
    expect(placeOfInvalidUtf8(body)).toEqual({ line, column });
  });
});
