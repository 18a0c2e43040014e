import type { Metric, Registry } from 'prom-client';

interface HistogramOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** Upper bounds in ascending order. */
  readonly buckets: readonly number[];
}

interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** One combination of label values. */
export class HistogramSeries {
  /** Values at most as large as the bound and larger than the one before. */
  readonly counts: Float64Array;
  count = 0;
  sum = 0;

  constructor(
    readonly labels: Readonly<Record<string, string>>,
    private readonly buckets: readonly number[],
  ) {
    this.counts = new Float64Array(buckets.length);
  }

  observe(value: number): void {
    this.count += 1;
    this.sum += value;
    const { buckets } = this;
    for (let at = 0; at < buckets.length; at += 1) {
      if (value > buckets[at]!) continue;
      this.counts[at]! += 1;
      return;
    }
  }
}

/**
 * A histogram whose series are looked up by a key of the caller: the library's own validates, sorts and hashes the labels of
 * each value that it observes, which takes longer than a guard.
 */
export class SeriesHistogram<Label extends string> {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #series = new Map<string, HistogramSeries>();

  constructor(private readonly options: HistogramOptions<Label>) {}

  get name(): string {
    return this.options.name;
  }

  get labelNames(): readonly Label[] {
    return this.options.labelNames;
  }

  /** @param key identifies the combination of label values, of which there must be a bounded number */
  series(key: string, labels: () => Readonly<Record<Label, string>>): HistogramSeries {
    let series = this.#series.get(key);
    if (!series) this.#series.set(key, (series = new HistogramSeries(labels(), this.options.buckets)));
    return series;
  }

  /** Makes it one of the metrics of the registry, which takes any object with these members. */
  registerIn(registry: Registry): this {
    registry.registerMetric(this as unknown as Metric);
    return this;
  }

  /** Called by the registry. */
  async get(): Promise<object> {
    const { name, help } = this.options;
    const values = [...this.#series.values()].flatMap((series) => this.#valuesOf(series));
    return { name, help, type: this.type, aggregator: this.aggregator, values };
  }

  /** Called by the registry. */
  reset(): void {
    this.#series.clear();
  }

  #valuesOf({ labels, counts, count, sum }: HistogramSeries): Value[] {
    const { name, buckets } = this.options;
    let total = 0;
    const bucketValues = buckets.map((le, at) => {
      total += counts[at]!;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
    });
    return [
      ...bucketValues,
      { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
