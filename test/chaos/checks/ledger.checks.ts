import type { Case, Check, DatedEffect, Violation } from './findings.js';
import type { LedgerRow } from './ledger.row.js';

/** Compares the vendors' recorded effects with the ledger's rows of one write. */
export const LEDGER_CHECKS: readonly Check[] = [duplicates, repeats, untrueRows, effectsWithoutRow, stuck];

/** A key has one effect at most, and so has a request. */
function duplicates({ write, effects, isMisled }: Case): Violation[] {
  const byRequest = Map.groupBy(effects, ({ requestId }) => requestId);
  const found = [...byRequest]
    .filter(([, all]) => all.length > 1)
    .map(([id, all]) => duplicate(`${all.length} effects of request ${id}`));
  if (write.key !== null && effects.length > 1 && !isMisled)
    found.push(duplicate(`${effects.length} effects: ${shownEffects(effects)}`));
  return found;
}

/** Without a key the same call may be executed again only after another one has changed the same thing. */
function repeats({ write, effects, neighbours, isMisled }: Case): Violation[] {
  if (write.key !== null || isMisled) return [];
  return effects.slice(1).flatMap((effect, index) => {
    const before = effects[index];
    const isBetween = ({ seq }: DatedEffect) => before !== undefined && seq > before.seq && seq < effect.seq;
    if (neighbours.some(isBetween)) return [];
    return [duplicate(`executed again without a change in between: ${shownEffects(effects)}`)];
  });
}

/** What each row records of its last request is what became of it. */
function untrueRows({ rows, effects, wrong, isMisled }: Case): Violation[] {
  return rows.flatMap((row): Violation[] => {
    const own = effects.filter(({ requestId }) => requestId === row.requestId).length;
    if (wrong.has(row.id) || (row.basis === 'evidence' && isMisled)) return [];
    switch (row.state) {
      case 'succeeded':
        if (row.basis === 'already_so') {
          return own === 0 ? [] : [{ kind: 'duplicate', what: `sent, though already so: ${shownRow(row)}` }];
        }
        return own > 0 ? [] : [{ kind: 'lost', what: `without an effect of its own: ${shownRow(row)}` }];
      case 'failed':
      case 'released':
        return own === 0 ? [] : [{ kind: 'guessed', what: `with an effect: ${shownRow(row)}` }];
      default:
        return [];
    }
  });
}

/** An effect whose request has no row was sent without the ledger, or the row was lost. */
function effectsWithoutRow({ rows, effects, responses, isMisled }: Case): Violation[] {
  return effects
    .filter(({ requestId }) => !rows.some((row) => row.requestId === requestId))
    .filter(({ requestId }) => !isMisled || responses.every((response) => response.requestId !== requestId))
    .map(({ requestId }) => ({
      kind: 'guessed',
      what: `an effect of request ${requestId}, but ${shownRows(rows)}`,
    }));
}

function stuck({ rows }: Case): Violation[] {
  return rows
    .filter(({ state }) => state === 'sent' || state === 'claimed')
    .map((row) => ({ kind: 'stuck', what: shownRow(row) }));
}

function duplicate(what: string): Violation {
  return { kind: 'duplicate', what };
}

function shownEffects(effects: readonly DatedEffect[]): string {
  return effects.map(({ seq, requestId }) => `${seq} by ${requestId}`).join(', ');
}

function shownRow({ id, state, basis, resolvedAs, requestId }: LedgerRow): string {
  return `${id} ${state}${basis ? ` (${resolvedAs} by ${basis})` : ''} of ${requestId}`;
}

export function shownRows(rows: readonly LedgerRow[]): string {
  return rows.map(shownRow).join(', ') || 'no operation';
}
