import {
  findingOfChange,
  findingOfCreation,
  type ListedMigration,
  mayHaveActedSince,
  type MigrationsAround,
  type OtherOperation,
  type OthersOnSubject,
} from './effect.finding.js';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const at = (seconds: number): Date => new Date(START + seconds * 1_000);

/** A grant that succeeded at 5 s. */
function other(changes: Partial<OtherOperation> = {}): OtherOperation {
  return {
    id: '019cb8f2-1c2b-7d4e-9f00-000000000002',
    kind: 'entitlement_grant',
    state: 'succeeded',
    finishedAt: at(5),
    subject: {},
    resolution: null,
    contradictedAt: null,
    ...changes,
  };
}

const decided = (decision: 'executed' | 'not_executed', seconds: number): Partial<OtherOperation> => ({
  state: decision === 'executed' ? 'succeeded' : 'failed',
  finishedAt: at(seconds),
  resolution: { decision, basis: 'person', by: 'night-shift', reason: 'console', at: at(seconds) },
});

describe('mayHaveActedSince', () => {
  it.each<[string, Partial<OtherOperation>]>([
    ['is sent and has no end yet', { state: 'sent', finishedAt: null }],
    ['has no known outcome, at any age', { state: 'unknown', finishedAt: at(-9_000) }],
    ['succeeded later', {}],
    ['succeeded at that very moment', { finishedAt: at(0) }],
    ['was decided executed by a person later', decided('executed', 100)],
    [
      'was decided not executed by a person at any time: it may be executed late',
      decided('not_executed', -9_000),
    ],
    [
      'was decided not executed, and a response contradicted that later',
      { ...decided('not_executed', -9_000), contradictedAt: at(3) },
    ],
    [
      'was decided not executed by an older version, by absence',
      {
        ...decided('not_executed', -50),
        resolution: { ...decided('not_executed', -50).resolution!, basis: 'evidence' },
      },
    ],
  ])('returns true for an operation that %s', (_, changes) => {
    expect(mayHaveActedSince(other(changes), at(0))).toBe(true);
  });

  it.each<[string, Partial<OtherOperation>]>([
    ['succeeded before', { finishedAt: at(-1) }],
    ['was decided executed before', decided('executed', -1)],
    ['was refused', { state: 'failed' }],
    ['was not sent', { state: 'released' }],
    ['is not sent yet', { state: 'claimed', finishedAt: null }],
    [
      'found the requested state already there',
      { resolution: { decision: 'executed', basis: 'already_so', by: 'gateway', reason: '', at: at(5) } },
    ],
    [
      'was decided not executed, and a response contradicted that before',
      { ...decided('not_executed', -90), contradictedAt: at(-60) },
    ],
  ])('returns false for an operation that %s', (_, changes) => {
    expect(mayHaveActedSince(other(changes), at(0))).toBe(false);
  });
});

describe('findingOfChange', () => {
  const judge = (before: boolean | null, now: boolean, others: Partial<OthersOnSubject> = {}) =>
    findingOfChange({ before, now, seen: { granted: now } }, { causing: [], undoing: [], ...others });

  it('is executed if the state is new and no other operation can have caused it', () => {
    expect(judge(false, true)).toEqual({ shows: 'executed', seen: { granted: true } });
  });

  it.each<[string, boolean | null, Partial<OthersOnSubject>, boolean]>([
    ['if it existed before', true, {}, true],
    ['if the state before is not known', null, {}, true],
    ['beside another operation that succeeded', false, { causing: [other()] }, true],
    [
      'beside another operation that may still be refused',
      false,
      { causing: [other(), other({ state: 'sent' })] },
      false,
    ],
    [
      'beside another operation without a known outcome',
      false,
      { causing: [other({ state: 'unknown' })] },
      false,
    ],
    ['beside more operations than can be compared', false, { causing: 'too-many' }, true],
  ])('is seen, not executed, %s', (_, before, others, isLast) => {
    expect(judge(before, true, others)).toMatchObject({ shows: 'seen', because: expect.any(String) });
    expect(judge(before, true, others).isLast ?? false).toBe(isLast);
  });

  it('is absent if the state does not exist, which proves nothing', () => {
    for (const before of [false, true, null]) expect(judge(before, false)).toMatchObject({ shows: 'absent' });
    expect(judge(false, false, { causing: [other()] })).toMatchObject({ shows: 'absent' });
  });

  it.each<[string, Partial<OthersOnSubject>, boolean]>([
    ['one that succeeded', { undoing: [other()] }, true],
    ['one without a known outcome', { undoing: [other({ state: 'unknown' })] }, false],
    ['more than can be compared', { undoing: 'too-many' }, true],
  ])('is undecided by absence beside %s that may have undone it', (_, others, isLast) => {
    expect(judge(false, false, others)).toMatchObject({ shows: 'undecided' });
    expect(judge(false, false, others).isLast ?? false).toBe(isLast);
  });

  it('names the maximum number of operations, and that a person has to decide', () => {
    expect(judge(false, true, { causing: 'too-many' }).because).toMatch(/500.*person/);
  });
});

describe('findingOfCreation', () => {
  const listed = (id: string, isAtBeginning = true): ListedMigration => ({
    id,
    status: isAtBeginning ? 'collecting_credentials' : 'completed',
    isAtBeginning,
  });
  const around = (changes: Partial<MigrationsAround> = {}): MigrationsAround => ({
    before: new Set(),
    known: new Set(),
    causing: [],
    ...changes,
  });
  const ids = (...all: string[]) => new Set(all);
  const open = other({ kind: 'migration_create', state: 'unknown' });

  it.each<[string, string, ListedMigration[], Partial<MigrationsAround>]>([
    ['executed', 'the only new one', [listed('1')], {}],
    ['executed', 'the only one that was not there before', [listed('1'), listed('2')], { before: ids('1') }],
    ['executed', 'the only new one without operation', [listed('1'), listed('2')], { known: ids('1') }],
    ['executed', 'beside a known one that is gone', [listed('2')], { known: ids('1') }],
    ['absent', 'none', [], {}],
    ['absent', 'one that was listed before, started by any caller', [listed('1')], { before: ids('1') }],
    ['absent', 'none but known ones', [listed('1')], { known: ids('1') }],
    ['absent', 'none, with other creations open', [], { causing: [open] }],
    ['seen', 'two new ones', [listed('1'), listed('2')], {}],
    ['seen', 'one that has gone further', [listed('1', false)], {}],
    ['seen', 'one beside another creation without a known outcome', [listed('1')], { causing: [open] }],
    ['seen', 'one beside more creations than can be compared', [listed('1')], { causing: 'too-many' }],
    ['seen', 'one if the list before is not known', [listed('1')], { before: null }],
    ['absent', 'none, if the list before is not known', [], { before: null }],
  ])('is %s: %s', (shows, _, migrations, changes) => {
    expect(findingOfCreation(migrations, around(changes)).shows).toBe(shows);
  });

  it('returns the id of the migration', () => {
    const finding = findingOfCreation([listed('1'), listed('2')], around({ before: ids('1') }));
    expect(finding).toMatchObject({ migrationId: '2' });
  });

  it('states that cancelled and archived migrations are not listed', () => {
    expect(findingOfCreation([], around()).because).toMatch(/cancelled and archived/);
  });
});
