import { verdictOf, type ProbedOperation } from './verdict.js';
import { evidenceOf, type Finding, type Showing } from './finding.js';
import { ProbeTimes } from './probe.times.js';
import type { Evidence } from '../ledger/operation.types.js';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const at = (seconds: number): Date => new Date(START + seconds * 1_000);

const schedule = new ProbeTimes({ settleMs: 120_000, apartMs: 60_000 });
const finding = (shows: Showing, isLast = false): Finding => ({ shows, seen: {}, isLast });
const probe = (shows: Showing, seconds: number): Evidence =>
  evidenceOf({ asked: 'GET entitlement', finding: finding(shows) }, at(seconds));
const absent = (seconds: number): Evidence => probe('absent', seconds);

/** Unknown since 0 s. */
function after(shows: Showing, seconds: number, changes: Partial<ProbedOperation> = {}) {
  const base = { unknownSince: at(0), earlier: [], awaits: 'evidence', recommendation: null } as const;
  return verdictOf({ finding: finding(shows), at: at(seconds), ...base, ...changes }, schedule);
}

const WAITS = { kind: 'advise', awaits: 'evidence', recommendation: null, goesOn: true };

describe('verdictOf', () => {
  it('decides executed as soon as the effect is proved', () => {
    expect(after('executed', 1)).toMatchObject({ kind: 'decide' });
    expect(after('executed', 1, { awaits: 'person', recommendation: 'not_executed' })).toMatchObject({
      kind: 'decide',
    });
  });

  it('recommends executed for a seen effect, and waits for a person if no probe can prove more', () => {
    expect(after('seen', 1)).toEqual({ ...WAITS, recommendation: 'executed' });
    expect(after('seen', 1, { finding: finding('seen', true) })).toEqual({
      ...WAITS,
      awaits: 'person',
      recommendation: 'executed',
      goesOn: false,
    });
  });

  it('withdraws a recommendation if the effect is seen later', () => {
    expect(after('seen', 900, { awaits: 'person', recommendation: 'not_executed' })).toMatchObject({
      awaits: 'person',
      recommendation: 'executed',
    });
  });

  it.each<[string, number, Evidence[]]>([
    ['at first', 3, []],
    ['for the first time after the settle time', 200, []],
    ['and was absent only before the settle time', 200, [absent(3), absent(119)]],
    ['and was absent shortly before', 200, [absent(150)]],
    ['and a person recorded the same', 400, [{ ...absent(130), by: 'ops' }]],
    ['after an undecided probe', 400, [probe('undecided', 130)]],
    ['and was absent in an earlier attempt', 400, [absent(-500)]],
  ])('recommends nothing if the effect is absent %s', (_, seconds, earlier) => {
    expect(after('absent', seconds, { earlier })).toEqual(WAITS);
  });

  it('recommends not executed after two absences, decides nothing, and continues', () => {
    expect(after('absent', 181, { earlier: [absent(121)] })).toEqual({
      kind: 'advise',
      awaits: 'person',
      recommendation: 'not_executed',
      goesOn: true,
    });
  });

  it('never decides by absence, at any number of probes and at any time', () => {
    const earlier = Array.from({ length: 100 }, (_, index) => absent(200 + 3_600 * index));
    const recommended = { awaits: 'person', recommendation: 'not_executed' } as const;
    expect(after('absent', 10_000_000, { earlier, ...recommended })).toMatchObject({ kind: 'advise' });
  });

  it('never recommends not executed once the effect was seen', () => {
    const seen = { awaits: 'evidence', recommendation: 'executed' } as const;
    expect(after('absent', 400, { earlier: [absent(130)], ...seen })).toMatchObject({
      recommendation: 'executed',
    });
  });

  it('keeps waiting for evidence while undecided, and waits for a person after the last probe', () => {
    expect(after('undecided', 1_000_000, { earlier: [absent(130)] })).toEqual(WAITS);
    const last = { ...WAITS, awaits: 'person', goesOn: false };
    expect(after('undecided', 1, { finding: finding('undecided', true) })).toEqual(last);
    expect(after('noted', 1)).toEqual(last);
  });

  it('never returns from waiting for a person to waiting for evidence', () => {
    for (const shows of ['seen', 'absent', 'undecided', 'noted'] as const) {
      expect(after(shows, 1, { awaits: 'person' })).toMatchObject({ awaits: 'person' });
    }
  });
});
