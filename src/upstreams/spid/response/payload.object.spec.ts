import { isWord, PayloadObject } from './payload.object.js';

const read = (value: unknown) => new PayloadObject({ value }, 'thing', 'UTC');

describe('PayloadObject.text', () => {
  it.each([
    ['Two lines\r\n\tand a tab', 'Two lines\r\n\tand a tab'],
    ['a\u0000b\u001b[31mc\u007fd\u0085e', 'a\uFFFDb\uFFFD[31mc\uFFFDd\uFFFDe'],
    ['half a pair \ud83d', 'half a pair \uFFFD'],
    ['a whole pair 💩', 'a whole pair 💩'],
    ['x'.repeat(10_000), 'x'.repeat(10_000)],
    [12, '12'],
    [null, null],
  ])('replaces control characters and lone surrogates in %.20j', (value, text) => {
    expect(read(value).text('value')).toBe(text);
  });

  it.each(['x'.repeat(10_001), true, {}, []])('refuses %.20j', (value) => {
    expect(() => read(value).text('value')).toThrow('unreadable thing: value');
  });
});

describe('PayloadObject.word', () => {
  it.each(['64-HB2I-OPBL', 'å b', 'x'.repeat(255)])('returns %.20j unchanged', (value) => {
    expect(read(value).word('value')).toBe(value);
    expect(isWord(value)).toBe(true);
  });

  it.each(['', ' ', 'a\nb', 'a\u0000', '\u009b', '\ud83d', 'x'.repeat(256), 12, null, ['a']])(
    'refuses %.20j, as it must not be changed',
    (value) => {
      expect(() => read(value).word('value')).toThrow('unreadable thing: value');
      expect(isWord(value)).toBe(false);
    },
  );
});
