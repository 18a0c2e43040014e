/** The candidate that a misspelt word most likely means: equal but for case and separators, or few typing errors away. */
export function closestWord(word: string, candidates: Iterable<string>): string | undefined {
  const plain = plainOf(word);
  // Any long text is close to no word, and comparing takes the product of the lengths.
  if (plain.length > 64) return undefined;
  const ranked = [...candidates]
    .map((candidate) => ({ candidate, errors: errorsBetween(plain, plainOf(candidate)) }))
    .toSorted((one, other) => one.errors - other.errors);
  const [best] = ranked;
  return best && best.errors <= Math.max(1, Math.floor(plain.length / 4)) ? best.candidate : undefined;
}

/** A beginning of 4 letters or more is close: `maxAge` of `maxAgeSeconds`. */
function errorsBetween(one: string, other: string): number {
  return one.length >= 4 && other.startsWith(one) ? Math.min(1, distance(one, other)) : distance(one, other);
}

/** `client_id` and `clientID` are `clientId`. */
function plainOf(word: string): string {
  return word.toLowerCase().replaceAll(/[\s._-]/g, '');
}

/** Letters to insert, remove, replace or exchange with their neighbour (optimal string alignment). */
function distance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const at = (back: number, left: number) =>
        (back === 0 ? line : rows[row - back])?.[column - left] ?? Infinity;
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      line.push(
        Math.min(at(1, 0) + 1, at(0, 1) + 1, at(1, 1) + (same ? 0 : 1), swapped ? at(2, 2) + 1 : Infinity),
      );
    }
    rows.push(line);
  }
  return rows[one.length]?.[other.length] ?? Infinity;
}
