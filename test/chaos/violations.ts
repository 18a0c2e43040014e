import { isDeepStrictEqual } from 'node:util';
import type { Effect } from '../../src/simulators/simulator.js';
import type { ClientAnswer } from './client.js';
import { isEffectOf, type PlannedWrite } from './planned.write.js';

/** One row of the ledger. */
export interface LedgerRow {
  readonly id: string;
  readonly caller: string;
  readonly kind: string;
  readonly key: string;
  readonly state: string;
  /** How it was decided; null when nobody had to. */
  readonly resolvedBy: string | null;
}

/** All that is known of a schedule once nothing runs any more. */
export interface Findings {
  readonly writes: readonly PlannedWrite[];
  readonly answers: readonly ClientAnswer[];
  /** The truth, without what the preparation did. */
  readonly effects: readonly Effect[];
  readonly rows: readonly LedgerRow[];
  /** As the ledger was each time that nothing was running; the last is before each key was asked a last time. */
  readonly earlier: readonly (readonly LedgerRow[])[];
}

export interface Violation {
  readonly kind:
    'duplicate' | 'lost' | 'guessed' | 'contradiction' | 'changed' | 'stuck' | 'stray' | 'unexpected';
  readonly what: string;
}

/** What one write looks like from all sides. */
interface Case extends Findings {
  readonly write: PlannedWrite;
}

/** Every promise of the ledger that was broken; empty is what everybody hopes for. */
export function violationsOf(findings: Findings): Violation[] {
  const { writes, effects } = findings;
  const strays = effects.filter((effect) => !writes.some((write) => isEffectOf(write, effect)));
  return [
    ...strays.map((effect) => ({
      kind: 'stray' as const,
      what: `${JSON.stringify(effect)} belongs to no write`,
    })),
    ...changed(findings),
    ...writes.flatMap((write) =>
      CHECKS.flatMap((check) => check(caseOf(findings, write))).map(({ kind, what }) => ({
        kind,
        what: `${write.name} ${write.caller} ${write.kind} ${write.key}: ${what}`,
      })),
    ),
  ];
}

function caseOf({ writes, answers, effects, rows, earlier }: Findings, write: PlannedWrite): Case {
  const isItsRow = ({ caller, kind, key }: LedgerRow) =>
    caller === write.caller && kind === write.kind && key === write.key;
  return {
    write,
    writes,
    answers: answers
      .filter((answer) => answer.write === write.name)
      .toSorted((a, b) => a.startedAt - b.startedAt),
    effects: effects.filter((effect) => isEffectOf(write, effect)),
    rows: rows.filter(isItsRow),
    earlier: earlier.map((all) => all.filter(isItsRow)),
  };
}

type Check = (known: Case) => Violation[];

const CHECKS: readonly Check[] = [duplicates, losses, guesses, contradictions, forgotten, unexpected];

function duplicates({ effects }: Case): Violation[] {
  return effects.length > 1 ? [{ kind: 'duplicate', what: `${effects.length} effects` }] : [];
}

/** What a caller or the ledger calls executed has its effect. */
function losses({ answers, rows, effects }: Case): Violation[] {
  const found: Violation[] = [];
  const succeeded = rows.filter(({ state }) => state === 'succeeded').length;
  const told = answers.find(isSuccess);
  if (told && effects.length === 0) found.push({ kind: 'lost', what: `told ${told.status}, without effect` });
  if (succeeded > effects.length) {
    found.push({ kind: 'lost', what: `${succeeded} succeeded, ${effects.length} effects: ${shown(rows)}` });
  }
  return found;
}

/** What a caller or the ledger calls not executed has no effect. */
function guesses({ answers, rows, effects }: Case): Violation[] {
  const found: Violation[] = [];
  if (effects.length > 0 && !rows.some(({ state }) => state === 'succeeded' || state === 'unknown')) {
    found.push({ kind: 'guessed', what: `an effect, but ${shown(rows)}` });
  }
  for (const answer of answers.filter(deniesExecution)) {
    // Another request of the same key may have had the effect meanwhile.
    if (answers.some((other) => other !== answer && overlap(other, answer))) continue;
    const before = effects.find(({ at }) => Date.parse(at) <= answer.endedAt);
    if (before)
      found.push({ kind: 'guessed', what: `told ${answer.problem}, after the effect at ${before.at}` });
  }
  return found;
}

/** Answers about one operation agree, unless somebody had to decide what became of it. */
function contradictions({ answers, rows }: Case): Violation[] {
  const found: Violation[] = [];
  const successes = answers.filter(isSuccess);
  const decided = rows.some(({ resolvedBy }) => resolvedBy !== null);
  const [first] = successes;
  if (first && !decided) {
    for (const other of successes.slice(1)) {
      if (isDeepStrictEqual(essence(other), essence(first))) continue;
      const texts = [first, other].map((answer) => JSON.stringify(essence(answer)));
      found.push({ kind: 'contradiction', what: texts.join(' and ') });
    }
  }
  const executedAt = Math.min(...answers.filter(claimsExecution).map(({ endedAt }) => endedAt));
  const denial = answers.find((answer) => deniesExecution(answer) && answer.startedAt > executedAt);
  if (denial) found.push({ kind: 'contradiction', what: `executed, then ${denial.problem}` });
  return found;
}

/** The last time each key was asked, it got the answer of its operation. */
function forgotten({ answers, earlier }: Case): Violation[] {
  const [row, ...others] = earlier.at(-1) ?? [];
  const last = answers.at(-1);
  if (!row || !last || others.length > 0 || row.resolvedBy !== null) return [];
  const agrees =
    (row.state === 'succeeded' && isSuccess(last) && last.replayed) ||
    (row.state === 'failed' && last.outcome === 'not_executed' && last.replayed) ||
    // Evidence may have come meanwhile; a released key begins anew.
    row.state === 'unknown' ||
    row.state === 'released';
  return agrees
    ? []
    : [
        {
          kind: 'contradiction',
          what: `${row.state}, but asked again: ${last.status} ${last.problem ?? ''}`,
        },
      ];
}

const EXPECTED: ReadonlySet<number> = new Set([0, 200, 201, 404, 409, 410, 422, 502, 503, 504]);

function unexpected({ answers, rows }: Case): Violation[] {
  const odd = answers.filter(({ status }) => !EXPECTED.has(status));
  return [
    ...odd.map(({ status, body }) => ({
      kind: 'unexpected' as const,
      what: `${status} ${JSON.stringify(body)}`,
    })),
    ...rows
      .filter(({ state }) => state === 'sent')
      .map((row) => ({ kind: 'stuck' as const, what: shown([row]) })),
  ];
}

/** Succeeded and failed are for ever. */
function changed({ rows, earlier }: Findings): Violation[] {
  const now = new Map(rows.map((row) => [row.id, row]));
  return earlier.flatMap((then) =>
    then
      .filter(({ state, id }) => /^(succeeded|failed)$/.test(state) && now.get(id)?.state !== state)
      .map(({ id, state }) => ({
        kind: 'changed' as const,
        what: `operation ${id} was ${state} and is ${now.get(id)?.state ?? 'gone'}`,
      })),
  );
}

function isSuccess({ status }: ClientAnswer): boolean {
  return status === 200 || status === 201;
}

function claimsExecution(answer: ClientAnswer): boolean {
  return isSuccess(answer) || answer.outcome === 'executed';
}

/** Without a ledger a gateway speaks of this request only: an earlier one may well have been executed. */
function deniesExecution({ outcome, problem }: ClientAnswer): boolean {
  return outcome === 'not_executed' && problem !== 'ledger-unavailable';
}

function overlap(a: ClientAnswer, b: ClientAnswer): boolean {
  return a.startedAt <= b.endedAt && b.startedAt <= a.endedAt;
}

function essence({ status, body, location }: ClientAnswer) {
  return { status, body, location };
}

function shown(rows: readonly LedgerRow[]): string {
  const text = rows.map(
    ({ id, state, resolvedBy }) => `${id} ${state}${resolvedBy ? ` by ${resolvedBy}` : ''}`,
  );
  return text.join(', ') || 'no operation';
}
