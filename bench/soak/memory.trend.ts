/** One reading of a process. */
export interface MemorySample {
  /** Since any moment, the same for all. */
  readonly seconds: number;
  readonly bytes: number;
}

/**
 * Bytes an hour by which memory grows: the median of the slopes of all pairs (Theil and Sen), so that a few odd samples do
 * not count. NaN for less than two.
 */
export function bytesPerHour(samples: readonly MemorySample[]): number {
  const slopes = samples.flatMap((a, index) =>
    samples
      .slice(index + 1)
      .filter(({ seconds }) => seconds !== a.seconds)
      .map((b) => (b.bytes - a.bytes) / (b.seconds - a.seconds)),
  );
  return median(slopes) * 3_600;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return below === undefined || above === undefined ? Number.NaN : (below + above) / 2;
}
