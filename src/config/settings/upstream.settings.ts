import { reasonOfLateCalls } from '../environment/shutdown.times.js';
import type { UpstreamTimeouts } from '../upstream.timeouts.js';
import type { SettingsChecks } from './settings.checks.js';

/**
 * Default per tenant, upstream and replica: 16 calls of 0.2 s are 80 calls/s. More would only queue at the vendor; fewer
 * would make callers wait while the vendor is idle.
 */
export const CONNECTIONS = 16;

/** @param defaults what is in force for a time that the file leaves out */
export function checkTimeouts(
  { attemptMs, totalMs }: UpstreamTimeouts,
  defaults: UpstreamTimeouts,
  path: string,
  { report, shutdown }: SettingsChecks,
): void {
  if (totalMs < attemptMs) {
    report.error(path, `must have a totalMs (${defaults.totalMs} when left out) of at least its attemptMs`);
    return;
  }
  const reason = shutdown && reasonOfLateCalls({ attemptMs, totalMs }, shutdown);
  if (reason !== undefined) report.error(path, reason);
}
