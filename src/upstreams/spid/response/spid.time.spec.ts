import { utcOf } from './spid.time.js';

describe('utcOf', () => {
  it.each([
    ['2013-03-04 13:29:06', 'Europe/Oslo', '2013-03-04T12:29:06Z'],
    ['2013-09-11 14:26:38', 'Europe/Oslo', '2013-09-11T12:26:38Z'],
    ['2013-09-11 14:26:38', 'Europe/Helsinki', '2013-09-11T11:26:38Z'],
    ['2013-09-11 14:26:38', 'UTC', '2013-09-11T14:26:38Z'],
    ['2013-01-04 19:00:00', 'America/New_York', '2013-01-05T00:00:00Z'],
    ['2013-01-05 01:00:00', 'Europe/Oslo', '2013-01-05T00:00:00Z'],
    ['1970-01-01 00:00:00', 'Europe/Stockholm', '1969-12-31T23:00:00Z'],
    ['2040-01-01 00:00:00', 'Europe/Oslo', '2039-12-31T23:00:00Z'],
    ['2024-02-29 23:59:59', 'Europe/Oslo', '2024-02-29T22:59:59Z'],
  ])('SPiD F21: reads %s in %s as %s', (text, zone, utc) => {
    expect(utcOf(text, zone)).toBe(utc);
  });

  it('reads an hour that occurs twice in autumn as the first one', () => {
    expect(utcOf('2014-10-26 02:30:00', 'Europe/Oslo')).toBe('2014-10-26T00:30:00Z');
    expect(utcOf('2014-10-26 03:00:00', 'Europe/Oslo')).toBe('2014-10-26T02:00:00Z');
  });

  it('reads a time that is skipped in spring as that much after the gap', () => {
    expect(utcOf('2014-03-30 02:30:00', 'Europe/Oslo')).toBe('2014-03-30T01:30:00Z');
    expect(utcOf('2014-03-30 01:59:59', 'Europe/Oslo')).toBe('2014-03-30T00:59:59Z');
    expect(utcOf('2014-03-30 03:00:00', 'Europe/Oslo')).toBe('2014-03-30T01:00:00Z');
  });

  it.each([
    ['9999-12-31 23:59:59', 'Europe/Oslo', '9999-12-31T22:59:59Z'],
    ['9999-12-31 18:59:58', 'America/New_York', '9999-12-31T23:59:58Z'],
    ['9999-12-31 19:00:00', 'America/New_York', '9999-12-31T23:59:59Z'],
    ['9999-12-31 23:59:59', 'Pacific/Pago_Pago', '9999-12-31T23:59:59Z'],
  ])('reads %s in %s as %s, a time of RFC 3339', (text, zone, utc) => {
    expect(utcOf(text, zone)).toBe(utc);
  });

  it('reads the zero time as null', () => {
    expect(utcOf('0000-00-00 00:00:00', 'Europe/Oslo')).toBeNull();
  });

  it.each([
    ['2013-02-30 00:00:00', 'Europe/Oslo'],
    ['2013-13-01 00:00:00', 'Europe/Oslo'],
    ['2013-01-01 24:00:00', 'Europe/Oslo'],
    ['2013-01-01 00:60:00', 'Europe/Oslo'],
    ['2013-01-01', 'Europe/Oslo'],
    ['2013-01-01T00:00:00Z', 'Europe/Oslo'],
    ['2013-01-01 00:00:00 ', 'Europe/Oslo'],
    ['1363000000', 'Europe/Oslo'],
    ['', 'Europe/Oslo'],
    ['2013-01-01 00:00:00', 'Europe/Atlantis'],
  ])('refuses %j in %s', (text, zone) => {
    expect(() => utcOf(text, zone)).toThrow('unreadable time');
  });
});
