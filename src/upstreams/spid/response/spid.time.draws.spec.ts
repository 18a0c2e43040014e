import { assert, constantFrom, date, property } from 'fast-check';
import { DateTime, Settings } from 'luxon';
import { utcOf } from './spid.time.js';

/** Half an hour and three quarters ahead, half an hour of summer time, far east and west, changes at midnight and before, none at all. */
const ZONES = [
  'Europe/Oslo',
  'Europe/Helsinki',
  'Europe/Dublin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'America/Sao_Paulo',
  'Africa/Casablanca',
  'Asia/Gaza',
  'America/Noronha',
  'Pacific/Easter',
  'UTC',
];
const DAY_MS = 86_400_000;

/** By the rules of luxon alone, which guesses with the offset of now: in the Pacific, that has moved by a day. */
function expected(text: string, zone: string): string {
  Settings.now = () => Date.parse(`${text.replace(' ', 'T')}Z`);
  const local = DateTime.fromSQL(text, { zone });
  return (local.getPossibleOffsets()[0] ?? local).toUTC().toISO({ suppressMilliseconds: true }) ?? '';
}

function zoneless(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

describe('utcOf', () => {
  afterEach(() => {
    Settings.now = Date.now;
  });

  it('reads any time in any zone as luxon does', () => {
    const times = date({ min: new Date('1950-01-01'), max: new Date('2080-01-01'), noInvalidDate: true });
    assert(
      property(times, constantFrom(...ZONES), (time, zone) => {
        const text = zoneless(time.getTime());
        expect(utcOf(text, zone)).toBe(expected(text, zone));
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['1971-06-01 12:00:00', 'Africa/Monrovia'],
    ['1939-09-02 12:00:00', 'Africa/Freetown'],
    ['1889-12-31 12:00:00', 'Europe/Oslo'],
    ['0000-01-01 00:00:00', 'Asia/Tokyo'],
  ])('reads %s in %s, of a time with other offsets than today, as luxon does', (text, zone) => {
    expect(utcOf(text, zone)).toBe(expected(text, zone));
  });

  it.each(ZONES)('reads the days around each change of %s as luxon does', (zone) => {
    let day = Date.UTC(2009, 11, 28);
    for (; day < Date.UTC(2012, 0, 4); day += DAY_MS) {
      const offset = (ms: number) => DateTime.fromMillis(ms, { zone }).offset;
      if (offset(day - 2 * DAY_MS) === offset(day + 3 * DAY_MS)) continue;
      for (let ms = day; ms < day + DAY_MS; ms += 1_795_000) {
        const text = zoneless(ms);
        expect(`${text} ${utcOf(text, zone)}`).toBe(`${text} ${expected(text, zone)}`);
      }
    }
  });
});
