import type { Effect } from '../../src/simulators/simulator.js';
import type { ClientAnswer } from './client.js';
import type { PlannedWrite } from './planned.write.js';
import { type Findings, type LedgerRow, violationsOf } from './violations.js';

const WRITE: PlannedWrite = {
  name: 'w1',
  caller: 'shop',
  kind: 'voucher_handout',
  key: 'k1',
  method: 'POST',
  path: '/v1/voucher-handouts',
  upstream: 'spid',
  operation: 'voucher_handout',
  effect: { userId: '42' },
  atMs: [0],
};

const EFFECT: Effect = { seq: 1, at: '2026-03-01T00:00:01Z', operation: 'voucher_handout', userId: '42' };
const EFFECT_MS = Date.parse(EFFECT.at);

const ROW: LedgerRow = {
  id: 'o1',
  caller: 'shop',
  kind: 'voucher_handout',
  key: 'k1',
  state: 'succeeded',
  resolvedBy: null,
};

function answer(changes: Partial<ClientAnswer> = {}, sinceEffectMs = 0): ClientAnswer {
  return {
    write: 'w1',
    startedAt: EFFECT_MS + sinceEffectMs - 10,
    endedAt: EFFECT_MS + sinceEffectMs + 10,
    status: 201,
    replayed: false,
    body: { id: 'o1' },
    location: null,
    ...changes,
  };
}

const REPLAY = answer({ replayed: true }, 1_000);
const DENIED = { status: 503, problem: 'upstream-throttled', outcome: 'not_executed', body: {} };

/** A write that went well, with changes. */
function kindsIn(changes: Partial<Findings>): string[] {
  const findings: Findings = {
    writes: [WRITE],
    answers: [answer(), REPLAY],
    effects: [EFFECT],
    rows: [ROW],
    earlier: [[ROW]],
    ...changes,
  };
  return violationsOf(findings).map(({ kind }) => kind);
}

describe('the chaos run', () => {
  it('finds nothing where one key had one effect and one answer', () => {
    expect(kindsIn({})).toEqual([]);
  });

  it('finds nothing where an unknown operation had its effect or had none', () => {
    const unknown = { ...ROW, state: 'unknown' };
    const lost = answer({ status: 504, problem: 'outcome-unknown', outcome: 'unknown' });
    const findings = { answers: [lost], rows: [unknown], earlier: [[unknown]] };
    expect(kindsIn(findings)).toEqual([]);
    expect(kindsIn({ ...findings, effects: [] })).toEqual([]);
  });

  it.each<[string, string, Partial<Findings>]>([
    ['two effects of one key', 'duplicate', { effects: [EFFECT, EFFECT] }],
    ['an effect that nobody asked for', 'stray', { effects: [EFFECT, { ...EFFECT, userId: '7' }] }],
    ['a success without effect', 'lost', { effects: [] }],
    [
      'a success in the ledger without effect',
      'lost',
      { effects: [], answers: [], rows: [{ ...ROW, resolvedBy: 'evidence' }] },
    ],
    ['an effect that the ledger denies', 'guessed', { rows: [{ ...ROW, state: 'failed' }], earlier: [] }],
    ['an effect without operation', 'guessed', { rows: [], earlier: [] }],
    ['a denial after the effect', 'guessed', { answers: [answer(DENIED), REPLAY] }],
    ['a denial after a success', 'contradiction', { answers: [answer(), answer(DENIED, 500), REPLAY] }],
    [
      'two answers of one key',
      'contradiction',
      { answers: [answer(), answer({ body: { id: 'o2' }, replayed: true }, 1_000)] },
    ],
    [
      'a forgotten success',
      'contradiction',
      { answers: [answer(), answer({ status: 504, outcome: 'unknown' }, 500)] },
    ],
    [
      'a final state that changed',
      'changed',
      { rows: [{ ...ROW, state: 'unknown' }], answers: [], earlier: [[ROW], []] },
    ],
    [
      'an operation that never ends',
      'stuck',
      { rows: [{ ...ROW, state: 'sent' }], answers: [], effects: [] },
    ],
    ['an answer that must not be', 'unexpected', { answers: [answer({ status: 500 }), REPLAY] }],
  ])('finds %s', (_, kind, changes) => {
    expect(kindsIn(changes)).toContain(kind);
  });

  it('lets a gateway without ledger speak of the request alone', () => {
    const unavailable = answer({ ...DENIED, problem: 'ledger-unavailable' }, 500);
    expect(kindsIn({ answers: [answer(), unavailable, REPLAY] })).toEqual([]);
  });

  it('lets the answer after a decision differ', () => {
    const rows = [{ ...ROW, resolvedBy: 'desk' }];
    const known = answer({ body: { id: 'o1', handedOutAt: null }, replayed: true }, 1_000);
    expect(kindsIn({ rows, earlier: [rows], answers: [answer(), known] })).toEqual([]);
  });
});
