/** Current time. Injected so that tests can move it. */
export type SpidClock = () => Date;

/** The zone in `/status`, in which all times are written (SPiD A8). */
export const timeZone = 'Europe/Oslo';

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** `YYYY-MM-DD HH:MM:SS` in Oslo, without a zone (SPiD A8). */
export function spidTime(date: Date): string {
  const read = Object.fromEntries(parts.formatToParts(date).map(({ type, value }) => [type, value]));
  return `${read['year']}-${read['month']}-${read['day']} ${read['hour']}:${read['minute']}:${read['second']}`;
}

export function spidTimeOrNull(date: Date | null): string | null {
  return date && spidTime(date);
}
