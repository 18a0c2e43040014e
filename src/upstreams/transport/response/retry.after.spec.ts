import { retryAfterMsOf } from './retry.after.js';

const NOW = Date.parse('2026-11-26T10:00:00Z');

describe('retryAfterMsOf', () => {
  it.each([
    ['0', 0],
    ['17', 17_000],
    [' 17 ', 17_000],
    ['Thu, 26 Nov 2026 10:00:05 GMT', 5_000],
    ['Thu, 26 Nov 2026 09:59:00 GMT', 0],
    // More than an hour: a mistake, or a time in place of a duration.
    ['7200', 3_600_000],
    [String(NOW / 1_000).slice(0, 9), 3_600_000],
    ['Fri, 27 Nov 2026 10:00:00 GMT', 3_600_000],
  ])('of %j is %i ms', (header, ms) => {
    expect(retryAfterMsOf(header, NOW)).toBe(ms);
  });

  it.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    'soon',
    '2026-11-26',
    'Thu, 99 Nov 2026 10:00:05 GMT',
    ['1', '2'],
  ])('of %j is undefined', (header) => {
    expect(retryAfterMsOf(header, NOW)).toBeUndefined();
  });
});
