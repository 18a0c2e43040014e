import { Injectable } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import { Metrics } from '../../telemetry/metrics.js';
import { type HistogramSeries, SeriesHistogram } from '../../telemetry/series.histogram.js';

/**
 * How a check was served: `fresh` without an age allowed; `hit`; `collapsed` with another request; `miss`; `bypass`, the fence
 * was not available or the id is not numeric; `refused_fence`, a write is under way or has changed what was kept.
 */
export const CHECK_RESULTS = [
  'fresh',
  'hit',
  'miss',
  'collapsed',
  'bypass',
  'refused_fence',
  'stale_if_error',
] as const;

export type CheckResult = (typeof CHECK_RESULTS)[number];

/** Seconds: to the longest age that a setting allows, and `stale-if-error` after it. */
const AGE_BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];

/** Seconds: from a database beside the process to the 50 ms after which a check no longer waits, with what lags add. */
const FENCE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

@Injectable()
export class CheckMetrics {
  readonly #counts = Object.fromEntries(CHECK_RESULTS.map((result) => [result, 0])) as Record<
    CheckResult,
    number
  >;
  readonly #ages: () => HistogramSeries;
  readonly #fenceReads: () => HistogramSeries;

  constructor({ registry }: Metrics) {
    // A plain number costs less than a counter with a label, and checks are most of all requests.
    const counter: Counter<'result'> = new Counter({
      name: 'tollgate_check_cache_total',
      help: 'Entitlement checks by how they were served',
      labelNames: ['result'],
      registers: [registry],
      collect: () => {
        counter.reset();
        for (const result of CHECK_RESULTS) counter.inc({ result }, this.#counts[result]);
      },
    });
    this.#ages = histogramIn(registry, {
      name: 'tollgate_check_answer_age_seconds',
      help: 'Age of the responses to checks that were served from memory',
      buckets: AGE_BUCKETS,
    });
    this.#fenceReads = histogramIn(registry, {
      name: 'tollgate_fence_read_duration_seconds',
      help: 'Waits of checks for the fence of their user, also of those that were given up',
      buckets: FENCE_BUCKETS,
    });
  }

  served(result: CheckResult): void {
    this.#counts[result] += 1;
  }

  aged(seconds: number): void {
    this.#ages().observe(seconds);
  }

  fenceRead(seconds: number): void {
    this.#fenceReads().observe(seconds);
  }
}

/** Its only series, which is there from the start. */
function histogramIn(
  registry: Registry,
  options: { readonly name: string; readonly help: string; readonly buckets: readonly number[] },
): () => HistogramSeries {
  const histogram = new SeriesHistogram({ ...options, labelNames: [] }).registerIn(registry);
  const series = () => histogram.series('', () => ({}));
  series();
  return series;
}
