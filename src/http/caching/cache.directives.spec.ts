import * as fc from 'fast-check';
import { FRESH, parseCacheControl } from './cache.directives.js';

const allowed = (maxAgeSeconds: number, staleIfErrorSeconds = 0, mayStore = true) => ({
  maxAgeSeconds,
  staleIfErrorSeconds,
  mayStore,
});

describe('parseCacheControl', () => {
  it.each([
    ['max-age=30', allowed(30)],
    ['max-age=0', allowed(0)],
    ['MAX-AGE=30', allowed(30)],
    ['max-age="30"', allowed(30)],
    [' max-age=30\t', allowed(30)],
    [', ,max-age=30,,', allowed(30)],
    ['max-age=030', allowed(30)],
    ['max-age=30, max-age=30', allowed(30)],
    ['max-age=99999999999999999999', allowed(2 ** 31)],
    ['stale-if-error=60', allowed(0, 60)],
    ['max-age=30, stale-if-error=60', allowed(30, 60)],
    ['max-age=30,stale-if-error=60,min-fresh=3', allowed(30, 60)],
    ['no-cache, stale-if-error=60', allowed(0, 60)],
    ['note="max-age=9, max-age=8", max-age=30', allowed(30)],
    ['note="\\"", max-age=30', allowed(30)],
  ])('reads %j', (header, expected) => {
    expect(parseCacheControl(header)).toEqual(expected);
  });

  it.each([
    ['', 'an empty header'],
    ['max-age', 'no argument'],
    ['max-age=', 'an empty argument'],
    ['max-age=-1', 'a negative number'],
    ['max-age=1.5', 'a fraction'],
    ['max-age=1e3', 'an exponent'],
    ['max-age=abc', 'a word'],
    ['max-age = 30', 'spaces around the equals sign'],
    ['max-age=30; stale', 'another separator'],
    ['max-age=30, max-age=0', 'two values'],
    ['max-age=0, max-age=30', 'two values, the smaller first'],
    ['max-age=30, "x"', 'a quoted string as directive'],
    ['max-age=30, x="', 'an open quote'],
    ['max-age=３０', 'digits that are not ASCII'],
    ['no-cache', 'no-cache'],
    ['max-age=30, no-cache', 'no-cache beside max-age'],
    ['no-cache="x", max-age=30', 'no-cache with an argument'],
    ['only-if-cached', 'a directive that is not supported'],
    ['max-stale=30', 'another one'],
  ])('asks the vendor for %j: %s', (header) => {
    expect(parseCacheControl(header)).toEqual(FRESH);
  });

  it.each(['no-store', 'max-age=30, No-Store', 'no-store, stale-if-error=60'])(
    'keeps nothing for %j',
    (header) => {
      expect(parseCacheControl(header)).toEqual(allowed(0, 0, false));
    },
  );

  it('ends for any header, in time that grows with its length only, and never allows an age that no directive names', () => {
    const members = fc.constantFrom('max-age', '=', ',', ' ', '"', '\\', 'x', '\t', '=1', 'no-cache');
    fc.assert(
      fc.property(fc.array(members, { maxLength: 2_000 }), (parts) => {
        expect(parseCacheControl(parts.join('')).maxAgeSeconds).toBeLessThanOrEqual(
          parts.includes('=1') ? 2 ** 31 : 0,
        );
      }),
    );
  });
});
