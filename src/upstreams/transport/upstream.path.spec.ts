import * as fc from 'fast-check';
import { codePoint } from '../../../test/support/code.point.js';
import { formBodyOf, path, queryOf } from './upstream.path.js';

describe('path', () => {
  it.each([
    ['42', '/user/42/products'],
    ['../admin', '/user/..%2Fadmin/products'],
    ['%2f..%2fadmin', '/user/%252f..%252fadmin/products'],
    ['42;v=1', '/user/42%3Bv%3D1/products'],
    ['42?a=1#b', '/user/42%3Fa%3D1%23b/products'],
    ['a b\\c', '/user/a%20b%5Cc/products'],
    ['blåbær', '/user/bl%C3%A5b%C3%A6r/products'],
    ['💩', '/user/%F0%9F%92%A9/products'],
    ['a\r\nHost: evil', '/user/a%0D%0AHost%3A%20evil/products'],
    ['\u0000', '/user/%00/products'],
    ['...', '/user/.../products'],
  ])('keeps %j in its segment', (id, expected) => {
    expect(path`/user/${id}/products`).toBe(expected);
  });

  it.each(['', '.', '..', '\ud800', 'a\udfffb'])(
    'refuses %j, which encoding does not keep in its segment',
    (id) => {
      expect(() => path`/user/${id}/products`).toThrow(TypeError);
    },
  );

  it('keeps any value from changing the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, minLength: 1 }), (id) => {
        fc.pre(id !== '.' && id !== '..');
        const { pathname, search, hash } = new URL(path`/user/${id}/products`, 'http://localhost');
        const [, user, segment, products, ...rest] = pathname.split('/');
        expect([user, products, rest, search, hash]).toEqual(['user', 'products', [], '', '']);
        expect(decodeURIComponent(segment ?? '')).toBe(id);
      }),
    );
  });
});

describe('queryOf and formOf', () => {
  it('omit undefined values, and the question mark without any', () => {
    expect(queryOf({ limit: 10, title: undefined })).toBe('?limit=10');
    expect(queryOf({ title: undefined })).toBe('');
    expect(formBodyOf({})).toBe('');
  });

  it('keep every value in its field', () => {
    const value = 'a&b=c+d %26\r\né💩';
    expect(Object.fromEntries(new URLSearchParams(formBodyOf({ value, n: 0 })))).toEqual({ value, n: '0' });
  });

  it('refuse a lone surrogate rather than replacing it', () => {
    expect(() => formBodyOf({ title: 'a\ud800' })).toThrow(TypeError);
  });
});
