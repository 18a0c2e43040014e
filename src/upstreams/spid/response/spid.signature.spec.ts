import { createHmac } from 'node:crypto';
import { Secret } from '../../../config/secrets/secret.js';
import { isSigned, openSigned } from './spid.signature.js';

/** The vector that the vendor publishes (SPiD A7). */
const VECTOR = {
  data:
    'eyJvYmplY3QiOiJvcmRlciIsImVudHJ5IjpbeyJvcmRlcl9pZCI6IjMwMDAxNCIsImNoYW5nZWRfZmllbGRzIjoic3RhdHVzIiwi' +
    'dGltZSI6IjIwMTItMDktMzAgMTM6MjE6NDMifSx7Im9yZGVyX2lkIjoiMzAwMDE2IiwiY2hhbmdlZF9maWVsZHMiOiJzdGF0dXMi' +
    'LCJ0aW1lIjoiMjAxMi0wOS0zMCAxMzoyMTo0MyJ9XX0',
  algorithm: 'HMAC-SHA256',
  sig: 'GTUVPjN1LzdyU1qwHjnMKS2oNxckfGzXWA6WOGHVOOg',
};
const SECRET = new Secret('a274de');

/** An independent implementation of the vendor's signature. */
function sign(data: string, key = 'a274de'): string {
  return createHmac('sha256', key).update(data, 'ascii').digest('base64url');
}

describe('openSigned', () => {
  it('SPiD F22: verifies the published vector over the encoded text', () => {
    const { object, entry } = JSON.parse(openSigned(VECTOR, SECRET).toString('utf8'));
    expect(object).toBe('order');
    expect(entry.map((each: { order_id: string }) => each.order_id)).toEqual(['300014', '300016']);
  });

  it('decodes the URL-safe characters, which the published vector lacks', () => {
    const data = Buffer.from('{"title":"¿ÿ¾>>>???"}').toString('base64url');
    expect(data).toMatch(/[-_]/);
    const opened = openSigned({ ...VECTOR, data, sig: sign(data) }, SECRET);
    expect(opened.toString('utf8')).toBe('{"title":"¿ÿ¾>>>???"}');
  });

  it('SPiD F22: refuses a signature over the decoded bytes', () => {
    const sig = createHmac('sha256', 'a274de')
      .update(Buffer.from(VECTOR.data, 'base64url'))
      .digest('base64url');
    expect(() => openSigned({ ...VECTOR, sig }, SECRET)).toThrow('does not match');
  });

  it.each([
    ['another secret', { sig: sign(VECTOR.data, 'foobar') }],
    ['changed data', { data: `${VECTOR.data}A` }],
    ['padded data', { data: `${VECTOR.data}=` }],
    ['a cut signature', { sig: VECTOR.sig.slice(0, -4) }],
    ['an empty signature', { sig: '' }],
    ['a signature of another type', { sig: 1 }],
    ['data of another type', { data: { productId: '1337' } }],
    ['an unknown algorithm', { algorithm: 'HMAC-MD5' }],
    ['an algorithm in other letters', { algorithm: 'hmac-sha256' }],
    ['no algorithm at all', { algorithm: 'none' }],
  ])('refuses %s', (_, change) => {
    expect(() => openSigned({ ...VECTOR, ...change }, SECRET)).toThrow('unreadable');
  });
});

describe('isSigned', () => {
  it.each([
    [VECTOR, true],
    [{ ...VECTOR, sig: undefined }, false],
    [{ ...VECTOR, algorithm: null }, false],
    [{ data: {}, algorithm: undefined, sig: undefined }, false],
  ])('requires both the algorithm and the signature: %j', (response, signed) => {
    expect(isSigned(response)).toBe(signed);
  });
});
