import { collectDefaultMetrics, Registry } from 'prom-client';

let collected: Registry | undefined;

/**
 * Adds the metrics of Node. They are collected once for each process: every collection starts an observer of garbage
 * collections and a timer of 10 ms, which nothing can end and which keep the registry.
 */
export function registerProcessMetrics(registry: Registry): void {
  if (!collected) collectDefaultMetrics({ register: (collected = new Registry()) });
  for (const { name } of collected.getMetricsAsArray()) {
    const metric = collected.getSingleMetric(name);
    if (metric) registry.registerMetric(metric);
  }
}
