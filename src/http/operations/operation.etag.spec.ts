import { isExpected, parseIfMatch, tagOf } from './operation.etag.js';

describe('tagOf', () => {
  it('returns a strong entity tag that changes with every member of the record', () => {
    const tag = tagOf({ id: '1', evidence: [] });
    expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(tagOf({ id: '1', evidence: [] })).toBe(tag);
    expect(tagOf({ id: '1', evidence: [{}] })).not.toBe(tag);
    expect(tagOf({ id: '1', evidence: [], nextProbeAt: 'later', gateway: 'a/7' })).toBe(tag);
  });
});

describe('an If-Match header', () => {
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
  ])('parses %s', (header, expected) => {
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
  ])('rejects %s as malformed', (header) => {
    expect(parseIfMatch(header)).toBeUndefined();
  });

  it('rejects a long header in linear time', () => {
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
  ])('returns isExpected = %s for %s', (isMet, header) => {
    expect(isExpected(header === undefined ? undefined : parseIfMatch(header), representation)).toBe(isMet);
  });
});
