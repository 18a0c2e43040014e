import { DateTime } from '../../../config/luxon.js';
import { UnreadableError } from '../../transport/response/unreadable.error.js';
import { type ZoneDay, ZoneDays } from './zone.days.js';

const ZONELESS = /^\d{4}-\d\d-\d\d (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

/** MySQL's value for a time that was never set. */
const NEVER = '0000-00-00 00:00:00';

/** After it, RFC 3339 has no times: its years have four digits. */
const LAST_DATE = '9999-12-31';

const DAY_SECONDS = 86_400;

/** Of the zones of the tenants: a few. */
const daysByZone = new Map<string, ZoneDays>();

/**
 * Converts SPiD's `YYYY-MM-DD HH:MM:SS`, which has no zone (SPiD A8), from the tenant's zone to RFC 3339 in UTC.
 * A local time that occurs twice in autumn means the first one; one that is skipped in spring counts on from the start
 * of the gap. One that is later than RFC 3339 goes in UTC (a "never" west of Greenwich) means its last time.
 */
export function utcOf(text: string, zone: string): string | null {
  if (text === NEVER) return null;
  if (!ZONELESS.test(text)) throw new UnreadableError('time');
  const day = daysOf(zone).of(text.slice(0, 10));
  return day ? onDay(text, day) : byRules(text, zone);
}

function daysOf(zone: string): ZoneDays {
  let days = daysByZone.get(zone);
  if (!days) daysByZone.set(zone, (days = new ZoneDays(zone)));
  return days;
}

function onDay(text: string, day: ZoneDay): string {
  const local = numberAt(text, 11) * 3_600 + numberAt(text, 14) * 60 + numberAt(text, 17);
  const utc = utcSeconds(local, day);
  if (utc < 0) return day.dayBefore + timeOf(utc + DAY_SECONDS);
  if (utc >= DAY_SECONDS && day.date === LAST_DATE) return `${LAST_DATE}T23:59:59Z`;
  if (utc >= DAY_SECONDS) return day.dayAfter + timeOf(utc - DAY_SECONDS);
  return day.date + timeOf(utc);
}

/** Seconds since the date began in UTC, of the seconds of a local time. */
function utcSeconds(local: number, { offsetSeconds, change }: ZoneDay): number {
  const utc = local - offsetSeconds;
  if (!change || utc < change.atSeconds) return utc;
  const after = local - change.offsetSeconds;
  return after < change.atSeconds ? utc : after;
}

/** Times long ago, and days with two changes of the offset. */
function byRules(text: string, zone: string): string {
  const local = DateTime.fromSQL(text, { zone });
  const utc = local.isValid ? (local.getPossibleOffsets()[0] ?? local).toUTC() : null;
  if (!utc?.isValid) throw new UnreadableError('time');
  return utc.toISO({ suppressMilliseconds: true });
}

const ZERO = 0x30;

function numberAt(text: string, index: number): number {
  return (text.charCodeAt(index) - ZERO) * 10 + text.charCodeAt(index + 1) - ZERO;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
/** By minute of the day. Joining two strings takes a third of the time of joining six. */
const MINUTES = Array.from(
  { length: 1_440 },
  (_, minute) => `T${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}:`,
);
const SECONDS = TWO_DIGITS.map((second) => `${second}Z`);

function timeOf(seconds: number): string {
  return MINUTES[Math.floor(seconds / 60)]! + SECONDS[seconds % 60]!;
}
