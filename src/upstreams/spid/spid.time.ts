import { DateTime } from 'luxon';
import { UnreadableError } from './unreadable.error.js';

const ZONELESS = /^(\d{4})-(\d\d)-(\d\d) ([01]\d|2[0-3]):(\d\d):(\d\d)$/;

/** What MySQL writes where no time was stored. */
const NEVER = '0000-00-00 00:00:00';

/**
 * SPiD's `YYYY-MM-DD HH:MM:SS` has no zone (SPiD A8): it is read in the tenant's zone and told in RFC 3339 UTC.
 * A time that the clocks showed twice in autumn is taken as the first of the two, one that they skipped in spring as
 * the moment that many minutes after the skip began.
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
