/** The middle of several rounds, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** undefined without a round. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted.at(0), sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const [lower = min, upper = max] = [
    sorted[Math.ceil(sorted.length / 2) - 1],
    sorted[Math.floor(sorted.length / 2)],
  ];
  return { median: (lower + upper) / 2, min, max };
}

/** Of two rounds that ran one after the other: what slows the machine for a while slows both. */
export function paired(
  ours: readonly number[],
  theirs: readonly number[],
  combine: (ours: number, theirs: number) => number,
): number[] {
  const count = Math.min(ours.length, theirs.length);
  return Array.from({ length: count }, (_, round) =>
    combine(ours[round] ?? Number.NaN, theirs[round] ?? Number.NaN),
  );
}

/** Share of the CPU, requests and so on: ours divided by theirs. */
export const ratios = (ours: readonly number[], theirs: readonly number[]): number[] =>
  paired(ours, theirs, (a, b) => a / b);

export const differences = (ours: readonly number[], theirs: readonly number[]): number[] =>
  paired(ours, theirs, (a, b) => a - b);
