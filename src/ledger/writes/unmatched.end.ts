import type { OperationRow } from '../operation.rows.js';
import { type OperationEvent, stateAfter } from '../operation.state.js';
import type { RunningOperation } from '../operation.types.js';

/**
 * Why no row was in the state that the end of a run expects:
 * - `recorded`: it was recorded before, and only the confirmation was lost
 * - `superseded`: the operation has an end already, or was started again
 * - `contradicted`: that end states the opposite
 * - `lost`: the database lacks a row that it had committed, for example after a failover to a standby that lacks it
 */
export type UnmatchedEnd = 'recorded' | 'superseded' | 'contradicted' | 'lost';

type Run = Pick<RunningOperation, 'claim' | 'attempts'>;

/** @param row current row of the operation; undefined if there is none */
export function unmatchedEndOf(
  row: OperationRow | undefined,
  { claim, attempts }: Run,
  event: OperationEvent,
): UnmatchedEnd {
  if (!row) return 'lost';
  if (row.claim !== claim) return ofAnotherAttempt(row, attempts, event);
  if (row.resolved_at !== null) return ofDecided(row, event);
  if (row.state === stateAfter(event)) return 'recorded';
  return wasSent(event) && isUnsent(row) ? 'lost' : 'superseded';
}

/** A new attempt requires that the earlier one was certainly not sent, so a late success of that one contradicts it. */
function ofAnotherAttempt(row: OperationRow, attempts: number, event: OperationEvent): UnmatchedEnd {
  if (row.attempts <= attempts) return 'lost';
  return event === 'succeed' ? 'contradicted' : 'superseded';
}

function ofDecided(row: OperationRow, event: OperationEvent): UnmatchedEnd {
  if (event === 'already-so' && row.resolved_basis === 'already_so') return 'recorded';
  const contradicting = row.resolved_as === 'executed' ? ['fail', 'release'] : ['succeed', 'already-so'];
  return contradicting.includes(event) ? 'contradicted' : 'superseded';
}

/** The holder sends only after `send` was committed. */
function wasSent(event: OperationEvent): boolean {
  return event === 'succeed' || event === 'fail' || event === 'lose';
}

function isUnsent({ state }: OperationRow): boolean {
  return state === stateAfter('prepare') || state === stateAfter('release');
}
