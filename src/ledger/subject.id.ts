const NUMERIC = /^\d+$/;

/** The canonical spelling of an id: without leading zeros, in lowercase. */
export function normalId(id: string): string {
  return NUMERIC.test(id) ? id.replace(/^0+(?=\d)/, '') : id.toLowerCase();
}

/**
 * Whether two ids may name the same user or product. A user has a number and a UUID (SPiD A8), a product an id and an
 * alias (SPiD B1), and the ids do not show which belong together: only two of the same form are certainly different.
 */
export function mayBeSame(one: string, other: string): boolean {
  return NUMERIC.test(one) !== NUMERIC.test(other) || normalId(one) === normalId(other);
}
