import { bearerOf } from './bench.settings.js';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** What one or several gateways have counted so far. */
export class GatewayMetrics {
  private constructor(private readonly samples: readonly Sample[]) {}

  static async read(urls: readonly string[], caller: string): Promise<GatewayMetrics> {
    const texts = await Promise.all(
      urls.map(async (url) => {
        const response = await fetch(`${url}/metrics`, { headers: { authorization: bearerOf(caller) } });
        if (!response.ok) throw new Error(`GET /metrics: ${response.status}`);
        return response.text();
      }),
    );
    return new GatewayMetrics(texts.flatMap((text) => text.split('\n').flatMap(sampleOf)));
  }

  /** Sum over all gateways and other labels; undefined when there is no such metric. */
  sum(name: string, labels: Labels = {}): number | undefined {
    const found = this.#find(name, labels);
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }

  has(metric: string): boolean {
    return this.samples.some(({ name }) => name === metric || name.startsWith(`${metric}_`));
  }

  /** What was counted after an earlier reading. */
  since(earlier: GatewayMetrics) {
    const sum = (name: string, labels: Labels = {}) =>
      (this.sum(name, labels) ?? 0) - (earlier.sum(name, labels) ?? 0);
    return {
      sum,
      /** Of a histogram or summary, in its unit; NaN without an observation. */
      mean: (name: string, labels: Labels = {}) => sum(`${name}_sum`, labels) / sum(`${name}_count`, labels),
      /** The upper limit of the bucket that holds this share of a histogram's observations. */
      quantile: (name: string, share: number, labels: Labels = {}) => {
        const limits = new Set(
          this.#find(`${name}_bucket`, labels).map((sample) => sample.labels['le'] ?? ''),
        );
        const total = sum(`${name}_count`, labels);
        const sorted = [...limits].toSorted((a, b) => limitOf(a) - limitOf(b));
        const within = sorted.find((le) => sum(`${name}_bucket`, { ...labels, le }) >= share * total);
        return total === 0 || within === undefined ? Number.NaN : limitOf(within);
      },
    };
  }

  #find(name: string, labels: Labels): Sample[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  }
}

function sampleOf(line: string): Sample[] {
  const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
  if (name === undefined) return [];
  const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text] as const);
  return [{ name, labels: Object.fromEntries(pairs) as Labels, value: Number(value) }];
}

const limitOf = (le: string): number => (le === '+Inf' ? Infinity : Number(le));
