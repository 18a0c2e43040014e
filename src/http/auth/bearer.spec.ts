import { bearerFlawOf, bearerKeyOf } from './bearer.js';

describe('bearerKeyOf', () => {
  it.each([
    ['Bearer tg_key', 'tg_key'],
    ['bearer tg_key', 'tg_key'],
    ['BEARER   tg_key ', 'tg_key'],
    [`Bearer ${'k'.repeat(512)}`, 'k'.repeat(512)],
  ])('returns the key in %.30j', (header, key) => {
    expect(bearerKeyOf(['Host', 'x', 'AUTHORIZATION', header])).toBe(key);
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'tg_key',
    'Basic tg_key',
    'OAuth tg_key',
    'Bearertg_key',
    'Bearer tg key',
    'Bearer tg_key, Bearer tg_other',
    'Bearer tg_k\u00e9y',
    'Bearer tg\u0000key',
    `Bearer ${'k'.repeat(8_193)}`,
  ])('returns undefined for %.30j', (header) => {
    expect(bearerKeyOf(['Authorization', header])).toBeUndefined();
  });

  it('returns undefined for two headers, even equal ones', () => {
    expect(bearerKeyOf(['Authorization', 'Bearer tg_key', 'authorization', 'Bearer tg_key'])).toBeUndefined();
  });

  it('returns undefined without a header', () => {
    expect(bearerKeyOf(['X-Note', 'Authorization', 'Bearer', 'tg_key'])).toBeUndefined();
  });
});

describe('bearerFlawOf', () => {
  const NO_SCHEME = 'The Authorization header does not begin with the scheme Bearer.';
  const NO_KEY = 'The Authorization header has no key after the scheme Bearer.';
  const NOT_ONE =
    'The Authorization header has more after the scheme Bearer than one key in visible ASCII characters.';

  it.each([
    ['', NO_SCHEME],
    ['tg_key', NO_SCHEME],
    ['Basic tg_key', NO_SCHEME],
    ['"Bearer tg_key"', NO_SCHEME],
    ['Bearertg_key', NO_SCHEME],
    ['Bearer', NO_KEY],
    ['bearer  ', NO_KEY],
    ['Bearer Bearer tg_key', NOT_ONE],
    ['Bearer tg_k\u00e9y', NOT_ONE],
    [`Bearer ${'k'.repeat(8_193)}`, 'The key is longer than 8192 characters.'],
    ['Bearer tg_key', undefined],
  ])('returns what is wrong with %.30j, without the key', (header, flaw) => {
    expect(bearerFlawOf(['Authorization', header])).toBe(flaw);
  });

  it('names a missing header and a second one', () => {
    expect(bearerFlawOf(['X-Api-Key', 'tg_key'])).toBe('There is no Authorization header.');
    expect(bearerFlawOf(['Authorization', 'Bearer tg_key', 'authorization', 'Bearer tg_key'])).toBe(
      'There is more than one Authorization header.',
    );
  });
});
