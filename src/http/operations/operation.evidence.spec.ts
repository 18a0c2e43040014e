import { EvidencePace } from './evidence.pace.js';
import {
  conclude,
  evidenceOf,
  type Finding,
  judgeCreation,
  judgeEffect,
  type ListedMigration,
  type OtherOperation,
} from './operation.evidence.js';
import type { Evidence, Operation } from './operation.types.js';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const at = (seconds: number): Date => new Date(START + seconds * 1_000);

/** A grant that was sent at 0 s and is unknown since 10 s. */
function anOperation(changes: Partial<Operation> = {}): Operation {
  return {
    id: '019cb8f2-1c2b-7d4e-9f00-000000000001',
    tenant: 'demo',
    account: null,
    caller: 'shop',
    kind: 'entitlement_grant',
    idempotencyKey: null,
    state: 'unknown',
    outcome: 'unknown',
    request: { path: {}, body: {} },
    subject: {},
    requestId: null,
    attempts: 1,
    evidence: [],
    snapshot: null,
    awaits: null,
    recommendation: null,
    contradictedAt: null,
    resolution: null,
    createdAt: at(0),
    sentAt: at(0),
    finishedAt: at(10),
    answerStatus: null,
    ...changes,
  };
}

function other(changes: Partial<OtherOperation>): OtherOperation {
  return anOperation({ id: '019cb8f2-1c2b-7d4e-9f00-000000000002', ...changes });
}

describe('an effect read back', () => {
  const judge = (isThere: boolean, ...others: OtherOperation[]) =>
    judgeEffect(anOperation(), { isThere, seen: { granted: isThere } }, others).says;

  it('is what was seen when nothing else touched the same thing', () => {
    expect(judge(true)).toBe('executed');
    expect(judge(false)).toBe('not_executed');
  });

  const early = { sentAt: at(-100), finishedAt: at(-90) };
  const later = { sentAt: at(5), finishedAt: at(6) };

  it.each<[string, Partial<OtherOperation>]>([
    ['a later revocation that succeeded', { kind: 'entitlement_revoke', state: 'succeeded', ...later }],
    ['a later grant that succeeded', { state: 'succeeded', ...later }],
    ['a later grant that still runs', { state: 'sent', sentAt: at(5), finishedAt: null }],
    ['a later revocation of unknown outcome', { kind: 'entitlement_revoke', state: 'unknown', ...later }],
    ['an earlier revocation of unknown outcome', { kind: 'entitlement_revoke', state: 'unknown', ...early }],
    [
      'an earlier revocation that still runs',
      { kind: 'entitlement_revoke', state: 'sent', sentAt: at(-20), finishedAt: null },
    ],
    [
      'an earlier revocation that ended later',
      { kind: 'entitlement_revoke', state: 'succeeded', sentAt: at(-20), finishedAt: at(1) },
    ],
    [
      'a revocation just before, by a clock that may differ',
      { kind: 'entitlement_revoke', state: 'succeeded', sentAt: at(-4), finishedAt: at(-3) },
    ],
  ])('tells nothing beside %s', (_, changes) => {
    expect(judge(true, other(changes))).toBe('undecided');
    expect(judge(false, other(changes))).toBe('undecided');
  });

  it.each<[string, Partial<OtherOperation>]>([
    ['an earlier grant that succeeded', { state: 'succeeded', ...early }],
    ['an earlier revocation that was over', { kind: 'entitlement_revoke', state: 'succeeded', ...early }],
    ['an earlier grant of unknown outcome', { state: 'unknown', ...early }],
    ['a later grant that failed', { state: 'failed', ...later }],
    ['a later revocation that never left', { kind: 'entitlement_revoke', state: 'released', ...later }],
  ])('tells the same beside %s', (_, changes) => {
    expect(judge(true, other(changes))).toBe('executed');
    expect(judge(false, other(changes))).toBe('not_executed');
  });
});

describe('a migration looked for by its username', () => {
  const listed = (id: string, isAtBeginning = true): ListedMigration => ({
    id,
    status: isAtBeginning ? 'collecting_credentials' : 'completed',
    isAtBeginning,
  });
  const known = (migrationId: string) =>
    other({ kind: 'migration_create', state: 'succeeded', subject: { migrationId } });
  const open = (state: 'sent' | 'unknown' | 'succeeded') => other({ kind: 'migration_create', state });

  it.each<[string, string, ListedMigration[], OtherOperation[]]>([
    ['executed', 'the only one', [listed('1')], []],
    ['executed', 'the only one that no operation has begun', [listed('1'), listed('2')], [known('1')]],
    ['executed', 'beside a known one that is gone', [listed('2')], [known('1')]],
    ['not_executed', 'none', [], []],
    ['not_executed', 'none but known ones', [listed('1')], [known('1')]],
    ['not_executed', 'none, whatever else is open', [], [open('unknown'), open('succeeded')]],
    ['undecided', 'two that no operation has begun', [listed('1'), listed('2')], []],
    ['undecided', 'one that has gone further', [listed('1', false)], []],
    ['undecided', 'one beside another unknown creation', [listed('1')], [open('unknown')]],
    ['undecided', 'one beside a creation that runs', [listed('1')], [open('sent')]],
    ['undecided', 'one beside a success whose migration is not known', [listed('1')], [open('succeeded')]],
  ])('is %s: %s', (says, _, migrations, others) => {
    expect(judgeCreation(migrations, others).says).toBe(says);
  });

  it('names the migration', () => {
    expect(judgeCreation([listed('1'), listed('2')], [known('1')])).toMatchObject({ migrationId: '2' });
  });
});

describe('the conclusion', () => {
  const pace = new EvidencePace({ settleMs: 120_000, apartMs: 60_000 });
  const finding = (says: Finding['says']): Finding => ({ says, seen: {} });
  const absent = (seconds: number): Evidence =>
    evidenceOf('GET entitlement', finding('not_executed'), at(seconds));
  const after = (says: Finding['says'], seconds: number, ...earlier: Evidence[]) =>
    conclude({ finding: finding(says), at: at(seconds), unknownSince: at(0), earlier }, pace);

  it('is executed as soon as the effect is seen', () => {
    expect(after('executed', 1)).toMatchObject({ decision: 'executed' });
  });

  it.each<[string, number, Evidence[]]>([
    ['at first', 3, []],
    ['once it is late enough, but for the first time', 200, []],
    ['when it was absent before it was late enough', 200, [absent(3), absent(119)]],
    ['when it was absent a moment ago', 200, [absent(150)]],
    ['when a person saw the same', 400, [{ ...absent(130), by: 'ops' }]],
    ['when it could not be told before', 400, [evidenceOf('GET', finding('undecided'), at(130))]],
    ['when it was absent in an earlier attempt', 400, [absent(-500)]],
  ])('is open while the effect is absent %s', (_, seconds, earlier) => {
    expect(after('not_executed', seconds, ...earlier)).toBe('look-again');
  });

  it('is not executed when the effect is absent twice, late enough and far enough apart', () => {
    expect(after('not_executed', 181, absent(121))).toMatchObject({ decision: 'not_executed' });
  });

  it('is open while nothing can be told, and for a person when nothing ever will', () => {
    expect(after('undecided', 1_000_000, absent(130))).toBe('look-again');
    expect(after('untellable', 1)).toBe('give-up');
  });
});
