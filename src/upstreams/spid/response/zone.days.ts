import { IANAZone } from 'luxon';

const DAY_MS = 86_400_000;

/** Before it, dates are left to the rules: their years may have fewer digits than four. */
const FIRST_MS = Date.UTC(1900, 0, 1);

/** Dates of a zone that are kept: more than there are in 20 years. With all of them about 2 MB; then it starts anew. */
const DAYS_MAX = 8_192;

/** A date on which local time is ahead of UTC by the same time all day, and so on the days around it. */
export interface ZoneDay {
  readonly offsetSeconds: number;
  readonly dayBefore: string;
  readonly dayAfter: string;
}

/** The offsets of a time zone for whole days, computed once for each. */
export class ZoneDays {
  readonly #days = new Map<string, ZoneDay | null>();
  readonly #zone: IANAZone;

  /** @param name of an IANA zone; an unknown one has no days */
  constructor(name: string) {
    this.#zone = IANAZone.create(name);
  }

  /**
   * @param date `YYYY-MM-DD`
   * @returns null where the offset changes nearby, before 1900, and for a date that does not exist
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
    const minutes = this.#zone.offset(ms - DAY_MS);
    if (minutes !== this.#zone.offset(ms + 2 * DAY_MS)) return null;
    return { offsetSeconds: minutes * 60, dayBefore: dateOf(ms - DAY_MS), dayAfter: dateOf(ms + DAY_MS) };
  }
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
