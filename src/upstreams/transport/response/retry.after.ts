/** A vendor's limits are counted by the hour at most; more is a mistake, or a time that was sent as a duration. */
const MAX_MS = 3_600_000;

/**
 * Milliseconds of a `Retry-After` header, in either form: seconds or an HTTP date.
 * @param now milliseconds since 1970
 * @returns 0 to one hour; undefined without a valid header
 */
export function retryAfterMsOf(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : dateOf(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_MS);
}

/** The form of RFC 9110 that is still sent; Date.parse alone accepts nearly anything. */
function dateOf(text: string): number {
  return /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text) ? Date.parse(text) : Number.NaN;
}
