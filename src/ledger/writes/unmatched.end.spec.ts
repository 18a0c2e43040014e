import { type UnmatchedEnd, unmatchedEndOf } from './unmatched.end.js';
import type { OperationRow } from '../operation.rows.js';
import type { OperationEvent } from '../operation.state.js';

const RUN = { claim: 'claim-2', attempts: 2 };
const row = (changes: Partial<OperationRow> = {}): OperationRow =>
  ({
    claim: 'claim-2',
    attempts: 2,
    state: 'sent',
    resolved_as: null,
    resolved_basis: null,
    resolved_at: null,
    ...changes,
  }) as OperationRow;
const decided = (as: 'executed' | 'not_executed', basis = 'person') =>
  row({
    state: as === 'executed' ? 'succeeded' : 'failed',
    resolved_as: as,
    resolved_basis: basis,
    resolved_at: new Date(),
  });

describe('unmatchedEndOf', () => {
  it.each<[UnmatchedEnd, string, OperationRow | undefined, OperationEvent]>([
    ['lost', 'no row', undefined, 'succeed'],
    ['lost', 'no row, and nothing was sent', undefined, 'release'],
    ['recorded', 'the same end', row({ state: 'succeeded' }), 'succeed'],
    ['recorded', 'the same release', row({ state: 'released' }), 'release'],
    ['superseded', 'another end of the same run', row({ state: 'succeeded' }), 'fail'],
    ['lost', 'a claim whose sending is gone', row({ state: 'claimed' }), 'succeed'],
    ['lost', 'a claim whose sending is gone', row({ state: 'claimed' }), 'fail'],
    ['lost', 'a claim whose sending is gone', row({ state: 'claimed' }), 'lose'],
    ['lost', 'a lease that ended because its sending is gone', row({ state: 'released' }), 'succeed'],
    ['superseded', 'a lease that ended before it was sent', row({ state: 'released' }), 'already-so'],
    ['lost', 'the attempt before it', row({ claim: 'claim-1', attempts: 1, state: 'released' }), 'succeed'],
    ['lost', 'another attempt of its number', row({ claim: 'claim-x' }), 'succeed'],
    ['superseded', 'a later attempt', row({ claim: 'claim-3', attempts: 3 }), 'fail'],
    ['superseded', 'a later attempt', row({ claim: 'claim-3', attempts: 3 }), 'lose'],
    ['contradicted', 'a later attempt', row({ claim: 'claim-3', attempts: 3 }), 'succeed'],
    ['contradicted', 'not executed', decided('not_executed'), 'succeed'],
    ['superseded', 'not executed', decided('not_executed'), 'fail'],
    ['superseded', 'not executed', decided('not_executed'), 'release'],
    ['superseded', 'not executed', decided('not_executed'), 'lose'],
    ['contradicted', 'executed', decided('executed'), 'fail'],
    ['contradicted', 'executed', decided('executed'), 'release'],
    ['contradicted', 'executed by evidence', decided('executed', 'evidence'), 'fail'],
    ['superseded', 'executed', decided('executed'), 'succeed'],
    ['superseded', 'executed', decided('executed'), 'lose'],
    ['recorded', 'already so', decided('executed', 'already_so'), 'already-so'],
  ])('returns %s if the database has %s', (end, _, found, event) => {
    expect(unmatchedEndOf(found, RUN, event)).toBe(end);
  });
});
