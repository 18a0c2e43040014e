import { parseJsonBody } from './json.body.js';

describe('parseJsonBody', () => {
  it('reads what PHP writes: escaped slashes and escaped letters', () => {
    expect(parseJsonBody(Buffer.from('{"url":"\\/api\\/*","name":"m\\u00e5nad \\"\\\\"}'))).toEqual({
      url: '/api/*',
      name: 'månad "\\',
    });
  });

  it('ignores brackets in strings', () => {
    const text = '['.repeat(100);
    expect(parseJsonBody(Buffer.from(JSON.stringify({ text, more: '\\"[[' })))).toEqual({
      text,
      more: '\\"[[',
    });
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html><body>Bad Gateway</body></html>'],
    ['half an object', '{"name":"SPP Container","data":{"produ'],
    ['a callback', 'callback({"data":1});'],
    ['a text without an end', `"${'\\'.repeat(9)}`],
    ['two values', '{}{}'],
    ['a nest too deep', '['.repeat(40) + ']'.repeat(40)],
    ['a nest far too deep', '['.repeat(2_000_000)],
  ])('refuses %s without quoting it', (_, text) => {
    expect(() => parseJsonBody(Buffer.from(text))).toThrow(/^unreadable JSON(: too deep)?$/);
  });

  it('refuses invalid UTF-8 rather than replacing it', () => {
    expect(() => parseJsonBody(Buffer.from([0x22, 0xe5, 0x22]))).toThrow('unreadable JSON');
  });

  it('treats __proto__ as an ordinary field', () => {
    const parsed = parseJsonBody(Buffer.from('{"__proto__":{"granted":true}}')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(parsed['granted']).toBeUndefined();
  });
});
