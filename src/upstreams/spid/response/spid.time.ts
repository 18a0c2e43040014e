import { DateTime } from 'luxon';
import { UnreadableError } from '../../transport/unreadable.error.js';

const ZONELESS = /^(\d{4})-(\d\d)-(\d\d) ([01]\d|2[0-3]):(\d\d):(\d\d)$/;

/** MySQL's value for a time that was never set. */
const NEVER = '0000-00-00 00:00:00';

/**
 * Converts SPiD's `YYYY-MM-DD HH:MM:SS`, which has no zone (SPiD A8), from the tenant's zone to RFC 3339 in UTC.
 * A local time that occurs twice in autumn means the first one; one that is skipped in spring counts on from the start
 * of the gap.
 */
export function utcOf(text: string, zone: string): string | null {
  if (text === NEVER) return null;
  const parts = ZONELESS.exec(text)?.slice(1).map(Number);
  if (!parts) throw new UnreadableError('time');
  const [year, month, day, hour, minute, second] = parts;
  const local = DateTime.fromObject({ year, month, day, hour, minute, second }, { zone });
  const utc = local.isValid ? (local.getPossibleOffsets()[0] ?? local).toUTC() : null;
  if (!utc?.isValid) throw new UnreadableError('time');
  return utc.toISO({ suppressMilliseconds: true });
}
