import { isExpected, parseIfMatch, tagOf } from './operation.tag.js';

describe('the tag of a representation', () => {
  it('is a strong entity tag that changes with anything in it', () => {
    const tag = tagOf({ id: '1', evidence: [] });
    expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(tagOf({ id: '1', evidence: [] })).toBe(tag);
    expect(tagOf({ id: '1', evidence: [{}] })).not.toBe(tag);
  });
});

describe('If-Match', () => {
  it.each<[string, ReturnType<typeof parseIfMatch>]>([
    ['*', '*'],
    [' * ', '*'],
    ['"a"', ['"a"']],
    ['"a", "b"', ['"a"', '"b"']],
    ['"a","b"', ['"a"', '"b"']],
    ['"a", , "b",', ['"a"', '"b"']],
    ['W/"a", "b"', ['W/"a"', '"b"']],
    ['"with,comma", "*"', ['"with,comma"', '"*"']],
    ['""', ['""']],
    ['"é"', ['"é"']],
  ])('%s is read', (header, expected) => {
    expect(parseIfMatch(header)).toEqual(expected);
  });

  it.each([
    '',
    ',',
    'a',
    '"a',
    'a"',
    '"a" "b"',
    '"a", *',
    '*, "a"',
    '**',
    'w/"a"',
    '"a b"',
    'W/a',
    "'a'",
    '"a"b',
  ])('%s is malformed', (header) => {
    expect(parseIfMatch(header)).toBeUndefined();
  });

  it('takes no time to refuse what is long', () => {
    const started = performance.now();
    for (const piece of ['"",', ' ,', '"a" ', 'W/"', '"a",\t']) {
      parseIfMatch(`${piece.repeat(16_384 / piece.length)}x`);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });

  const representation = { id: '1' };
  const tag = tagOf(representation);

  it.each<[boolean, string | undefined]>([
    [true, undefined],
    [true, '*'],
    [true, tag],
    [true, `"other", ${tag}`],
    [false, '"other"'],
    [false, `W/${tag}`],
  ])('is met: %s by %s', (isMet, header) => {
    expect(isExpected(header === undefined ? undefined : parseIfMatch(header), representation)).toBe(isMet);
  });
});
