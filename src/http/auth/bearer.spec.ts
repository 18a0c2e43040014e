import { bearerKeyOf } from './bearer.js';

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
