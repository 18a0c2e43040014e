import { reasonOfLateCalls } from '../environment/shutdown.times.js';
import type { UpstreamTimeouts } from '../upstream.timeouts.js';
import { About, Form } from '../fields/field.schema.js';
import type { SettingsChecks } from './settings.checks.js';
import { Optional, WholeNumber } from '../fields/settings.fields.js';

/**
 * Sockets per tenant and replica. SPiD has no rate limit as a rule: 64 calls of 0.2 s are 320 calls/s, and half of them
 * remain for other operations beside a slow one. Import2 accepts 10 calls a second: 16 cover an average of 1.6 s each.
 */
export const CONNECTIONS = { spid: 64, import2: 16 } as const;

/** The calls that a tenant's account at a vendor accepts, from every tenant and replica together. */
@Form({
  example: '{ requests: 10, perSeconds: 1 }',
  rules: { dependencies: { requests: ['perSeconds'], perSeconds: ['requests'] } },
})
export class UpstreamBudget {
  @About('Calls in any `perSeconds`. Every call is remembered so long, which bounds the number.')
  @Optional()
  @WholeNumber(1, 1_000, 'calls')
  readonly requests?: number;

  @About('The length of the window of `requests`; both or neither.')
  @Optional()
  @WholeNumber(1, 3_600, 'seconds')
  readonly perSeconds?: number;

  @About(
    'Calls at the vendor at one time: of all replicas together when there is a rate, otherwise of each. Default: `connections`.',
  )
  @Optional()
  @WholeNumber(1, 256, 'calls')
  readonly concurrency?: number;
}

interface Budgeted {
  readonly connections: number;
  readonly budget?: UpstreamBudget;
}

/** Half a rate is no rate, and a call that has a place needs a socket at once. */
export function checkBudget(
  { connections, budget = {} }: Budgeted,
  path: string,
  checks: SettingsChecks,
): void {
  const { requests, perSeconds, concurrency } = budget;
  if ((requests === undefined) !== (perSeconds === undefined)) {
    checks.report.error(`${path}.budget`, 'must have requests and perSeconds together, or neither');
  }
  if (concurrency !== undefined && concurrency > connections) {
    checks.report.error(`${path}.budget.concurrency`, `must be at most connections (${connections})`);
  }
}

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
