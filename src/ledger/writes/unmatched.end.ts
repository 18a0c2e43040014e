import type { OperationRow } from '../operation.rows.js';
import { type OperationEvent, stateAfter } from '../operation.state.js';
import type { RunningOperation } from '../operation.types.js';

/**
 * Why the end of a run met no row that it could end. `recorded`: it was recorded before, and only the confirmation was
 * lost. `superseded`: the operation has an end already, or was begun again. `contradicted`: that end says the opposite.
 * `lost`: the database does not have what it had committed, as after a failover to a standby that lacks it.
 */
export type UnmatchedEnd = 'recorded' | 'superseded' | 'contradicted' | 'lost';

type Run = Pick<RunningOperation, 'claim' | 'attempts'>;

/** @param row of the operation as it is now; undefined: there is none */
export function unmatchedEndOf(
  row: OperationRow | undefined,
  { claim, attempts }: Run,
  event: OperationEvent,
): UnmatchedEnd {
  if (!row) return 'lost';
  if (row.claim !== claim) return ofAnotherAttempt(row, attempts, event);
  if (row.resolved_at !== null) return ofDecided(row, event);
  if (row.state === stateAfter(event)) return 'recorded';
  return hasLeft(event) && isUnsent(row) ? 'lost' : 'superseded';
}

/** An attempt only follows one that certainly did not leave, so a success of the earlier one contradicts that. */
function ofAnotherAttempt(row: OperationRow, attempts: number, event: OperationEvent): UnmatchedEnd {
  if (row.attempts <= attempts) return 'lost';
  return event === 'succeed' ? 'contradicted' : 'superseded';
}

function ofDecided(row: OperationRow, event: OperationEvent): UnmatchedEnd {
  if (event === 'already-so' && row.resolved_basis === 'already_so') return 'recorded';
  const said = row.resolved_as === 'executed' ? ['fail', 'release'] : ['succeed', 'already-so'];
  return said.includes(event) ? 'contradicted' : 'superseded';
}

/** Its holder sends only after `send` was committed. */
function hasLeft(event: OperationEvent): boolean {
  return event === 'succeed' || event === 'fail' || event === 'lose';
}

function isUnsent({ state }: OperationRow): boolean {
  return state === stateAfter('prepare') || state === stateAfter('release');
}
