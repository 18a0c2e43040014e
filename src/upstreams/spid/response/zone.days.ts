import type { IANAZone as Zone } from 'luxon';
import { IANAZone } from '../../../config/luxon.js';

const DAY_MS = 86_400_000;

/** Before it, dates are left to the rules: their years may have fewer digits than four. */
const FIRST_MS = Date.UTC(1900, 0, 1);

/** Dates of a zone that are kept: more than there are in 20 years. With all of them about 2 MB; then it starts anew. */
const DAYS_MAX = 8_192;

/** How far local time is ahead of UTC on a date. */
export interface ZoneDay {
  readonly date: string;
  readonly dayBefore: string;
  readonly dayAfter: string;
  readonly offsetSeconds: number;
  /** The offset that follows on this day, or on one of those around it, and from when on. */
  readonly change?: OffsetChange;
}

interface OffsetChange {
  /** In UTC, seconds since the date began there. */
  readonly atSeconds: number;
  readonly offsetSeconds: number;
}

/** The offsets of a time zone for whole days, computed once for each. */
export class ZoneDays {
  readonly #days = new Map<string, ZoneDay | null>();
  readonly #zone: Zone;

  /** @param name of an IANA zone; an unknown one has no days */
  constructor(name: string) {
    this.#zone = IANAZone.create(name);
  }

  /**
   * @param date `YYYY-MM-DD`
   * @returns null where the offset changes twice nearby, before 1900, and for a date that does not exist
   */
  of(date: string): ZoneDay | null {
    const known = this.#days.get(date);
    if (known !== undefined) return known;
    const day = this.#learn(date);
    if (this.#days.size >= DAYS_MAX) this.#days.clear();
    this.#days.set(date, day);
    return day;
  }

  /**
   * In UTC, this date lies within three days in any zone. Changes that undo each other are at least 95 hours apart in the whole
   * tz database, so that the same offset at both ends means that there is no change between them.
   */
  #learn(date: string): ZoneDay | null {
    const ms = Date.parse(`${date}T00:00:00Z`);
    // Date.parse takes 30 February for 2 March.
    if (Number.isNaN(ms) || ms < FIRST_MS || dateOf(ms) !== date) return null;
    const [start, end] = [ms - DAY_MS, ms + 2 * DAY_MS];
    const [offset, next] = [this.#zone.offset(start), this.#zone.offset(end)];
    // The zone is unknown.
    if (Number.isNaN(offset)) return null;
    const day = {
      date,
      dayBefore: dateOf(start),
      dayAfter: dateOf(ms + DAY_MS),
      offsetSeconds: secondsOf(offset),
    };
    if (offset === next) return day;
    const at = this.#changeBetween(start, end, offset);
    if (this.#zone.offset(at) !== next) return null;
    return { ...day, change: { atSeconds: (at - ms) / 1_000, offsetSeconds: secondsOf(next) } };
  }

  /** The first second, as milliseconds since 1970, at which it has another offset than at the start. */
  #changeBetween(start: number, end: number, offset: number): number {
    let [before, after] = [start / 1_000, end / 1_000];
    while (after - before > 1) {
      const between = Math.floor((before + after) / 2);
      if (this.#zone.offset(between * 1_000) === offset) before = between;
      else after = between;
    }
    return after * 1_000;
  }
}

/** Offsets of long ago had seconds. */
function secondsOf(minutes: number): number {
  return Math.round(minutes * 60);
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
