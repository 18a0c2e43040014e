import type { Violation } from './findings.js';
import type { LedgerRow } from './ledger.row.js';
import type { ScheduleResult } from '../schedule.js';

/** What the run has seen so far. */
export class ChaosTally {
  schedules = 0;
  writes = 0;
  keyless = 0;
  requests = 0;
  effects = 0;
  decisions = 0;
  wrongDecisions = 0;
  readonly states = new Map<string, number>();
  readonly bases = new Map<string, number>();
  readonly faults = new Map<string, number>();
  readonly traps = new Map<string, number>();
  readonly disturbances = new Map<string, number>();
  readonly violations: { readonly seed: number; readonly violation: Violation }[] = [];
  /** Schedules that could not be carried out. */
  readonly broken: { readonly seed: number; readonly why: string }[] = [];

  add(seed: number, result: ScheduleResult, violations: readonly Violation[]): void {
    this.schedules += 1;
    this.writes += result.writes.length;
    this.keyless += result.writes.filter(({ key }) => key === null).length;
    this.requests += result.responses.length;
    this.effects += result.effects.length;
    this.decisions += result.decisions.length;
    this.wrongDecisions += result.decisions.filter(({ wrong }) => wrong).length;
    for (const { fault } of result.writes) if (fault) count(this.faults, fault.kind.replace(/-\d+$/, ''));
    for (const { trap, sprung } of result.traps) if (sprung) count(this.traps, trap);
    for (const { kind } of result.plan.disturbances) count(this.disturbances, kind);
    this.addViolations(seed, violations);
  }

  /** How the schedule's operations are at the end. */
  addFinal(seed: number, rows: readonly LedgerRow[], violations: readonly Violation[]): void {
    for (const { state, basis } of rows) {
      count(this.states, state);
      if (basis !== null) count(this.bases, basis);
    }
    this.addViolations(seed, violations);
  }

  addViolations(seed: number, violations: readonly Violation[]): void {
    this.violations.push(...violations.map((violation) => ({ seed, violation })));
  }

  get isClean(): boolean {
    return this.violations.length === 0 && this.broken.length === 0;
  }

  report(): string {
    const found = new Map<string, number>();
    for (const { violation } of this.violations) count(found, violation.kind);
    return [
      `schedules    ${this.schedules}${this.broken.length > 0 ? `, and ${this.broken.length} broken off` : ''}`,
      `writes       ${this.writes}, one idempotency key each but ${this.keyless} without`,
      `requests     ${this.requests}`,
      `effects      ${this.effects}`,
      `operations   ${listed(this.states)}`,
      `resolutions  ${listed(this.bases)}; ${this.wrongDecisions} of ${this.decisions} by a person wrong on purpose`,
      `faults       ${listed(this.faults)}`,
      `traps        ${listed(this.traps)}`,
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
