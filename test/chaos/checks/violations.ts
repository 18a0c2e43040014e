import { RESPONSE_CHECKS } from './response.checks.js';
import { budgetViolations } from './budget.checks.js';
import type { Case, Check, Findings, Violation } from './findings.js';
import { LEDGER_CHECKS } from './ledger.checks.js';
import type { LedgerRow } from './ledger.row.js';
import { isEffectOf, isRequestOf, type PlannedWrite } from '../plan/planned.write.js';

/** What clocks of one machine read in two processes, rounded to milliseconds, may differ by. */
/**
 * A gateway learns the database's time from responses and never runs ahead of it, but behind it by as long as a response
 * waited for the processor: more than 0.5 s at a load of 16. The clocks that a schedule sets are minutes off.
 */
const CLOCK_TOLERANCE_MS = 5_000;

const CHECKS: readonly Check[] = [...LEDGER_CHECKS, ...RESPONSE_CHECKS];

/** Every promise of the ledger that was broken; empty is what everybody hopes for. */
export function violationsOf(findings: Findings): Violation[] {
  const { writes } = findings;
  return [
    ...strays(findings),
    ...changed(findings),
    ...wrongTimes(findings),
    ...silences(findings),
    ...budgetViolations(findings),
    ...writes.flatMap((write) =>
      CHECKS.flatMap((check) => check(caseOf(findings, write))).map(({ kind, what }) => ({
        kind,
        what: `${nameOf(write)}: ${what}`,
      })),
    ),
  ];
}

function nameOf({ name, tenant, caller, kind, key, subject, trap, fault }: PlannedWrite): string {
  const trouble = trap ?? fault;
  const parts = [name, tenant, caller, kind, key ?? 'without key', `(${subject})`];
  return [...parts, ...(trouble ? [JSON.stringify(trouble)] : [])].join(' ');
}

function caseOf(
  { writes, responses, effects, rows, earlier, decisions }: Findings,
  write: PlannedWrite,
): Case {
  const related = writes.filter(({ subject }) => subject === write.subject);
  const wrong = new Set(decisions.filter((each) => each.wrong).map(({ operation }) => operation));
  return {
    write,
    responses: responses
      .filter((response) => response.write === write.name)
      .toSorted((a, b) => a.startedAt - b.startedAt),
    effects: effects.filter(({ requestId }) => isRequestOf(write, requestId)),
    rows: rows.filter((row) => isItsRow(write, row)),
    earlier: earlier.map((all) => all.filter((row) => isItsRow(write, row))),
    neighbours: effects.filter(({ requestId }) =>
      related.some((other) => other !== write && isRequestOf(other, requestId)),
    ),
    wrong,
    isMisled: rows.some(
      ({ id, requestId }) => wrong.has(id) && related.some((each) => isRequestOf(each, requestId)),
    ),
  };
}

function isItsRow(write: PlannedWrite, { tenant, caller, kind, key, requestId }: LedgerRow): boolean {
  if (write.key === null) return isRequestOf(write, requestId);
  return tenant === write.tenant && caller === write.caller && kind === write.kind && key === write.key;
}

function strays({ writes, effects }: Findings): Violation[] {
  return effects
    .filter(
      (effect) => !writes.some((write) => isRequestOf(write, effect.requestId) && isEffectOf(write, effect)),
    )
    .map((effect) => ({ kind: 'stray', what: `${JSON.stringify(effect)} belongs to no write` }));
}

/** Succeeded and failed are for ever. */
function changed({ rows, earlier }: Findings): Violation[] {
  const now = new Map(rows.map((row) => [row.id, row]));
  return earlier.flatMap((then) =>
    then
      .filter(({ state, id }) => /^(succeeded|failed)$/.test(state) && now.get(id)?.state !== state)
      .map(({ id, state }) => ({
        kind: 'changed',
        what: `operation ${id} was ${state} and is ${now.get(id)?.state ?? 'gone'}`,
      })),
  );
}

/** The clocks of the gateways are minutes off; the database's is the machine's. */
function wrongTimes({ rows, window }: Findings): Violation[] {
  const [from, to] = [window.fromMs - CLOCK_TOLERANCE_MS, window.toMs + CLOCK_TOLERANCE_MS];
  return rows.flatMap(({ id, timesMs }) => {
    const wrong = Object.entries(timesMs).filter(([, ms]) => !(ms >= from && ms <= to));
    if (wrong.length === 0) return [];
    const off = wrong.map(([name, ms]) => `${name} ${Math.round((ms - window.toMs) / 1_000)} s`);
    return [{ kind: 'clock', what: `operation ${id}, off by: ${off.join(', ')}` }];
  });
}

function silences({ traps }: Findings): Violation[] {
  return traps.flatMap(({ write, trap, broken }) =>
    broken.map((what) => ({ kind: 'silent', what: `${write} ${trap}: ${what}` })),
  );
}
