import { callsAtOnce, callsInAnyWindow, throttledCalls } from '../../test/support/vendors/vendor.traffic.js';
import { quantile, type Response } from '../support/load.js';
import { atLeast, atMost, type Figure } from '../support/report.js';
import { CONTENTION_CALLERS, type Contention, VENDOR_RATE } from './contention.js';

const WINDOW_MS = 1_000;

/** What the issue of the budget asks for, and what shows its costs. */
export function budgetFiguresOf(
  scenario: string,
  contention: Contention,
  limiterMicroseconds: number,
): Figure[] {
  const { calls, servedPerSecond, holdMs, responses } = contention;
  const figure = (measure: string, value: number | undefined, unit: string): Figure => ({
    scenario,
    measure,
    value,
    unit,
  });
  const allowed = (VENDOR_RATE * 1_000) / holdMs;
  return [
    {
      ...figure('vendor: most calls in any second', callsInAnyWindow(calls, WINDOW_MS), ''),
      target: atMost(VENDOR_RATE),
    },
    { ...figure('vendor: calls refused with 429', throttledCalls(calls), ''), target: atMost(0) },
    figure('vendor: most calls in progress', callsAtOnce(calls), ''),
    figure('vendor: calls', servedPerSecond, '/s'),
    figure('slot held, mean', holdMs, 'ms'),
    {
      ...figure('share of the rate that strict slots allow', (100 * servedPerSecond) / allowed, '%'),
      target: atLeast(97),
    },
    { ...figure('Jain index of weighted shares', jainIndex(sharesOf(responses)), ''), target: atLeast(0.99) },
    figure('responses other than 200 and 503', responses.filter(isOdd).length, ''),
    figure('p99 of a served request', quantile(times(responses, 200), 0.99), 'ms'),
    figure('p99 of a refusal', quantile(times(responses, 503), 0.99), 'ms'),
    ...promises(figure, contention),
    ...costs(figure, contention, limiterMicroseconds),
  ];
}

type NewFigure = (measure: string, value: number | undefined, unit: string) => Figure;

function promises(figure: NewFigure, { before, after, returns }: Contention): Figure[] {
  const counted = after.since(before);
  const has = after.has('tollgate_budget_wait_duration_seconds');
  const granted = counted.sum('tollgate_budget_wait_duration_seconds_count', { upstream: 'import2' });
  const revoked = counted.sum('tollgate_budget_revoked_total', { upstream: 'import2' });
  const missed = counted.sum('tollgate_budget_missed_total', { upstream: 'import2' });
  const admitted = returns.filter(({ status }) => status === 200).length;
  return [
    { ...figure('admitted and then missed', has ? missed : undefined, ''), target: atMost(0) },
    {
      ...figure('admitted and then revoked', has ? (100 * revoked) / (granted + revoked) : undefined, '%'),
      target: atMost(2),
    },
    figure('came back at Retry-After', returns.length, ''),
    figure('served at the first return', (100 * admitted) / returns.length, '%'),
  ];
}

/** The scripts of the limits towards callers are taken off: one for each request. */
function costs(
  figure: NewFigure,
  { before, after, scripts }: Contention,
  limiterMicroseconds: number,
): Figure[] {
  const counted = after.since(before);
  const granted = counted.sum('tollgate_budget_wait_duration_seconds_count', { upstream: 'import2' });
  const trips = counted.sum('tollgate_budget_round_trip_duration_seconds_count');
  const others = scripts.calls - trips;
  const microseconds = scripts.microseconds - others * limiterMicroseconds;
  const has = after.has('tollgate_budget_round_trip_duration_seconds');
  const only = (value: number) => (has ? value : undefined);
  return [
    figure('Redis: a step', only(microseconds / trips), 'µs'),
    figure('Redis: an acquisition', only(microseconds / granted), 'µs'),
    figure('Redis: round trips an acquisition', only(trips / granted), ''),
    figure('round trip, mean', counted.mean('tollgate_budget_round_trip_duration_seconds') * 1_000, 'ms'),
  ];
}

/** Served requests of each caller by its weight. */
function sharesOf(responses: readonly Response[]): number[] {
  return CONTENTION_CALLERS.map(
    ({ name, weight }) =>
      responses.filter(({ caller, status }) => caller === name && status === 200).length / weight,
  );
}

/** 1: all are equal; 1 / n: one has everything. */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}

function times(responses: readonly Response[], wanted: number): number[] {
  return responses.filter(({ status }) => status === wanted).map(({ ms }) => ms);
}

function isOdd({ status }: Response): boolean {
  return status !== 200 && status !== 503;
}
