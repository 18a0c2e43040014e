import {
  findingOfChange,
  findingOfCreation,
  type ListedMigration,
  mayHaveActedSince,
  type MigrationsAround,
  type OtherOperation,
  type OthersOnThing,
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

describe('another operation on the same thing', () => {
  it.each<[string, Partial<OtherOperation>]>([
    ['is on its way', { state: 'sent', finishedAt: null }],
    ['has no known outcome, however old', { state: 'unknown', finishedAt: at(-9_000) }],
    ['succeeded later', {}],
    ['succeeded at that very moment', { finishedAt: at(0) }],
    ['was called executed by a person later', decided('executed', 100)],
    [
      'was called not executed by a person, however long ago: it may come late',
      decided('not_executed', -9_000),
    ],
    [
      'was called not executed, and an answer contradicted that later',
      { ...decided('not_executed', -9_000), contradictedAt: at(3) },
    ],
    [
      'was called not executed because an older version did not see it',
      {
        ...decided('not_executed', -50),
        resolution: { ...decided('not_executed', -50).resolution!, basis: 'evidence' },
      },
    ],
  ])('may have acted since when it %s', (_, changes) => {
    expect(mayHaveActedSince(other(changes), at(0))).toBe(true);
  });

  it.each<[string, Partial<OtherOperation>]>([
    ['succeeded before', { finishedAt: at(-1) }],
    ['was called executed before', decided('executed', -1)],
    ['was refused', { state: 'failed' }],
    ['was not sent', { state: 'released' }],
    ['is not sent yet', { state: 'claimed', finishedAt: null }],
    [
      'found what it wanted already there',
      { resolution: { decision: 'executed', basis: 'already_so', by: 'gateway', reason: '', at: at(5) } },
    ],
    [
      'was called not executed, and an answer contradicted that before',
      { ...decided('not_executed', -90), contradictedAt: at(-60) },
    ],
  ])('has not acted since when it %s', (_, changes) => {
    expect(mayHaveActedSince(other(changes), at(0))).toBe(false);
  });
});

describe('a change read back', () => {
  const judge = (before: boolean | null, now: boolean, others: Partial<OthersOnThing> = {}) =>
    findingOfChange({ before, now, seen: { granted: now } }, { causing: [], undoing: [], ...others });

  it('is executed when it was not so before, is so now, and nothing else can have caused it', () => {
    expect(judge(false, true)).toEqual({ shows: 'executed', seen: { granted: true } });
  });

  it.each<[string, boolean | null, Partial<OthersOnThing>, boolean]>([
    ['when it was so before', true, {}, true],
    ['when it is not known how it was', null, {}, true],
    ['beside another that succeeded', false, { causing: [other()] }, true],
    [
      'beside another that may still be refused',
      false,
      { causing: [other(), other({ state: 'sent' })] },
      false,
    ],
    ['beside another without a known outcome', false, { causing: [other({ state: 'unknown' })] }, false],
    ['beside more than can be weighed', false, { causing: 'too-many' }, true],
  ])('is only seen %s', (_, before, others, isLast) => {
    expect(judge(before, true, others)).toMatchObject({ shows: 'seen', because: expect.any(String) });
    expect(judge(before, true, others).isLast ?? false).toBe(isLast);
  });

  it('is absent when it is not so, which proves nothing', () => {
    for (const before of [false, true, null]) expect(judge(before, false)).toMatchObject({ shows: 'absent' });
    expect(judge(false, false, { causing: [other()] })).toMatchObject({ shows: 'absent' });
  });

  it.each<[string, Partial<OthersOnThing>, boolean]>([
    ['one that succeeded', { undoing: [other()] }, true],
    ['one without a known outcome', { undoing: [other({ state: 'unknown' })] }, false],
    ['more than can be weighed', { undoing: 'too-many' }, true],
  ])('shows nothing by its absence beside %s that may have undone it', (_, others, isLast) => {
    expect(judge(false, false, others)).toMatchObject({ shows: 'undecided' });
    expect(judge(false, false, others).isLast ?? false).toBe(isLast);
  });

  it('names the number of operations that is too much, and the person', () => {
    expect(judge(false, true, { causing: 'too-many' }).because).toMatch(/500.*person/);
  });
});

describe('a migration looked for by its username', () => {
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
    ['absent', 'one that was there before, whoever began it', [listed('1')], { before: ids('1') }],
    ['absent', 'none but known ones', [listed('1')], { known: ids('1') }],
    ['absent', 'none, whatever else is open', [], { causing: [open] }],
    ['seen', 'two new ones', [listed('1'), listed('2')], {}],
    ['seen', 'one that has gone further', [listed('1', false)], {}],
    ['seen', 'one beside another creation without a known outcome', [listed('1')], { causing: [open] }],
    ['seen', 'one beside more creations than can be weighed', [listed('1')], { causing: 'too-many' }],
    ['seen', 'one when it is not known what was listed before', [listed('1')], { before: null }],
    ['absent', 'none, when it is not known what was listed before', [], { before: null }],
  ])('is %s: %s', (shows, _, migrations, changes) => {
    expect(findingOfCreation(migrations, around(changes)).shows).toBe(shows);
  });

  it('names the migration', () => {
    const finding = findingOfCreation([listed('1'), listed('2')], around({ before: ids('1') }));
    expect(finding).toMatchObject({ migrationId: '2' });
  });

  it('says that cancelled and archived migrations are not listed', () => {
    expect(findingOfCreation([], around()).because).toMatch(/cancelled and archived/);
  });
});
