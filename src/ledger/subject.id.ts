const NUMERIC = /^\d+$/;

/** One spelling of an id: leading zeros and the case of letters make no other thing of it. */
export function normalId(id: string): string {
  return NUMERIC.test(id) ? id.replace(/^0+(?=\d)/, '') : id.toLowerCase();
}

/**
 * Whether two ids may name the same thing. A user has a number and a UUID (SPiD A8), a product an id and an alias
 * (SPiD B1), and which belong together cannot be read from the ids: only two of the same form are certainly different.
 */
export function mayBeSame(one: string, other: string): boolean {
  return NUMERIC.test(one) !== NUMERIC.test(other) || normalId(one) === normalId(other);
}
