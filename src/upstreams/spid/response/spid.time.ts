import { DateTime } from 'luxon';
import { UnreadableError } from '../../transport/response/unreadable.error.js';
import { type ZoneDay, ZoneDays } from './zone.days.js';

const ZONELESS = /^(\d{4})-(\d\d)-(\d\d) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/;

/** MySQL's value for a time that was never set. */
const NEVER = '0000-00-00 00:00:00';

const DAY_SECONDS = 86_400;

/** Of the zones of the tenants: a few. */
const daysByZone = new Map<string, ZoneDays>();

/**
 * Converts SPiD's `YYYY-MM-DD HH:MM:SS`, which has no zone (SPiD A8), from the tenant's zone to RFC 3339 in UTC.
 * A local time that occurs twice in autumn means the first one; one that is skipped in spring counts on from the start
 * of the gap.
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

function onDay(text: string, { offsetSeconds, dayBefore, dayAfter }: ZoneDay): string {
  const local = numberAt(text, 11) * 3_600 + numberAt(text, 14) * 60 + numberAt(text, 17);
  const utc = local - offsetSeconds;
  if (utc < 0) return `${dayBefore}T${timeOf(utc + DAY_SECONDS)}Z`;
  if (utc >= DAY_SECONDS) return `${dayAfter}T${timeOf(utc - DAY_SECONDS)}Z`;
  return `${text.slice(0, 10)}T${timeOf(utc)}Z`;
}

/** The rare days around a change of the offset, and times long ago. */
function byRules(text: string, zone: string): string {
  const [year, month, day, hour, minute, second] = ZONELESS.exec(text)?.slice(1).map(Number) ?? [];
  const local = DateTime.fromObject({ year, month, day, hour, minute, second }, { zone });
  const utc = local.isValid ? (local.getPossibleOffsets()[0] ?? local).toUTC() : null;
  if (!utc?.isValid) throw new UnreadableError('time');
  return utc.toISO({ suppressMilliseconds: true });
}

const ZERO = 0x30;

function numberAt(text: string, index: number): number {
  return (text.charCodeAt(index) - ZERO) * 10 + text.charCodeAt(index + 1) - ZERO;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

function timeOf(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [hour, minute, second] = [Math.floor(minutes / 60), minutes % 60, seconds % 60];
  return `${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second]}`;
}
