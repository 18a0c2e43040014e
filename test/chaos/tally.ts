import type { ScheduleResult } from './schedule.js';
import type { LedgerRow, Violation } from './violations.js';

/** What the run has seen so far. */
export class Tally {
  schedules = 0;
  writes = 0;
  requests = 0;
  effects = 0;
  faults = 0;
  decisions = 0;
  evidence = 0;
  readonly states = new Map<string, number>();
  readonly disturbances = new Map<string, number>();
  readonly violations: { readonly seed: number; readonly violation: Violation }[] = [];

  add(seed: number, result: ScheduleResult, violations: readonly Violation[]): void {
    this.schedules += 1;
    this.writes += result.writes.length;
    this.requests += result.answers.length;
    this.effects += result.effects.length;
    this.faults += result.writes.filter(({ fault }) => fault !== undefined).length;
    this.decisions += result.decisions;
    for (const { kind } of result.plan.disturbances) count(this.disturbances, kind);
    this.addViolations(seed, violations);
  }

  /** How the schedule's operations stand at the end of the run. */
  addFinal(seed: number, rows: readonly LedgerRow[], violations: readonly Violation[]): void {
    for (const { state } of rows) count(this.states, state);
    this.evidence += rows.filter(({ resolvedBy }) => resolvedBy === 'evidence').length;
    this.addViolations(seed, violations);
  }

  addViolations(seed: number, violations: readonly Violation[]): void {
    this.violations.push(...violations.map((violation) => ({ seed, violation })));
  }

  report(): string {
    const found = new Map<string, number>();
    for (const { violation } of this.violations) count(found, violation.kind);
    return [
      `schedules    ${this.schedules}`,
      `writes       ${this.writes}, one idempotency key each`,
      `requests     ${this.requests}`,
      `effects      ${this.effects}`,
      `operations   ${listed(this.states)}`,
      `decisions    ${this.decisions} by a person, ${this.evidence} by evidence`,
      `faults       ${this.faults}`,
      `disturbances ${listed(this.disturbances)}`,
      `violations   ${this.violations.length}${found.size > 0 ? `: ${listed(found)}` : ''}`,
      '             duplicate, lost and guessed are 0 unless they are listed',
    ].join('\n');
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function listed(counts: ReadonlyMap<string, number>): string {
  const parts = [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, number]) => `${number} ${name}`);
  return parts.join(', ') || 'none';
}
