/** JSON as PHP writes it, as in the captures (SPiD A5): `\/` for `/` and `\uXXXX` beyond ASCII. */
export function phpJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A PHP map: an object, or an array when empty (SPiD A8). */
export function phpMap<T>(entries: readonly (readonly [string, T])[]): Record<string, T> | [] {
  return entries.length === 0 ? [] : Object.fromEntries(entries);
}
