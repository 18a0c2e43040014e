import type { ReceivedCall } from '../../../src/simulators/simulator.traffic.js';
import { RECOVERY_MS_MAX } from './budget.checks.js';
import type { ClientResponse } from '../client.js';
import type { DatedEffect, Findings } from './findings.js';
import type { Gateway } from '../processes/chaos.gateway.js';
import { CONCURRENCY } from '../processes/gateway.settings.js';
import type { LedgerRow } from './ledger.row.js';
import type { PlannedWrite } from '../plan/planned.write.js';
import { violationsOf } from './violations.js';

const WRITE: PlannedWrite = {
  name: 'w1',
  tenant: 'north',
  caller: 'shop',
  kind: 'voucher_handout',
  key: 'k1',
  method: 'POST',
  path: '/v1/voucher-handouts',
  upstream: 'spid',
  operation: 'voucher_handout',
  subject: 'handout 42',
  effect: { userId: '42' },
  atMs: [0],
};

const AT_MS = Date.parse('2026-03-01T00:00:01Z');

const EFFECT: DatedEffect = {
  seq: 1,
  at: '2026-03-01T00:00:01Z',
  atMs: AT_MS,
  operation: 'voucher_handout',
  userId: '42',
  requestId: 'w1.1',
};
const AGAIN = { ...EFFECT, seq: 3, requestId: 'w1.2' };

const ROW: LedgerRow = {
  id: 'o1',
  tenant: 'north',
  caller: 'shop',
  kind: 'voucher_handout',
  key: 'k1',
  requestId: 'w1.1',
  state: 'succeeded',
  awaits: null,
  resolvedAs: null,
  basis: null,
  timesMs: { created_at: AT_MS },
  contradicted: false,
};

const gateway = (hasEnded: boolean) => ({ hasEnded }) as Gateway;

function response(changes: Partial<ClientResponse> = {}, sinceEffectMs = 0): ClientResponse {
  return {
    write: 'w1',
    requestId: 'w1.1',
    startedAt: AT_MS + sinceEffectMs - 10,
    endedAt: AT_MS + sinceEffectMs + 10,
    status: 201,
    replayed: false,
    body: { id: 'o1' },
    location: null,
    gateway: gateway(false),
    ...changes,
  };
}

const REPLAY = response({ replayed: true, requestId: 'w1.9' }, 1_000);
const DENIED = { status: 503, problem: 'upstream-throttled', outcome: 'not_executed', body: {} };
const UNAVAILABLE = { ...DENIED, problem: 'ledger-unavailable' };
const LOST = response({ status: 504, problem: 'outcome-unknown', outcome: 'unknown' });
const UNKNOWN = { ...ROW, state: 'unknown' };
const FAILED = { ...ROW, state: 'failed' };
const BY_EVIDENCE = { ...ROW, resolvedAs: 'executed', basis: 'evidence' };
const WRONG = { operation: 'o1', decision: 'not_executed', wrong: true } as const;

/** A call as a vendor got it, in milliseconds since the first one. */
const received = (atMs: number, ms: number | null) =>
  ({ atMs: AT_MS + atMs, endedMs: ms === null ? null : AT_MS + atMs + ms }) as ReceivedCall;
const calls = (count: number, apartMs: number, ms: number) =>
  Array.from({ length: count }, (_, index) => received(index * apartMs, ms));

const PROCESSES_OF_RUN = { atOnce: 3, stoodStill: 0, crashed: [] };
const TIMED = { requestId: 'r1', deadlineMs: 600, ms: 690, lostMs: 0 };
const READING = { requestId: 'r1', deadlineMs: 600, status: 200, gateway: gateway(false) };
const SPID_PLACES = 3 * CONCURRENCY.spid;

/** A write that went well, with changes. */
function kindsIn(changes: Partial<Findings>): string[] {
  const findings: Findings = {
    writes: [WRITE],
    responses: [response(), REPLAY],
    effects: [EFFECT],
    rows: [ROW],
    earlier: [[ROW]],
    decisions: [],
    traps: [],
    window: { fromMs: AT_MS - 5_000, toMs: AT_MS + 5_000 },
    traffic: { spid: [received(0, 50)], import2: [] },
    readings: [READING],
    notes: [TIMED],
    processes: PROCESSES_OF_RUN,
    recoveriesMs: [800],
    ...changes,
  };
  return violationsOf(findings).map(({ kind }) => kind);
}

/** The grant that a client repeats by itself, and a revocation between its two effects. */
const KEYLESS: PlannedWrite = { ...WRITE, kind: 'entitlement_grant', key: null };
const OPPOSITE: PlannedWrite = {
  ...WRITE,
  name: 'w2',
  key: 'k2',
  kind: 'entitlement_revoke',
  operation: 'revoke',
};
const OPPOSITE_EFFECT = { ...EFFECT, seq: 2, operation: 'revoke', requestId: 'w2.1' };
const keylessRow = (requestId: string): LedgerRow => ({ ...ROW, id: requestId, key: null, requestId });
const REPEATED: Partial<Findings> = {
  writes: [KEYLESS, OPPOSITE],
  responses: [],
  effects: [EFFECT, AGAIN],
  rows: [keylessRow('w1.1'), keylessRow('w1.2')],
  earlier: [],
};

describe('the chaos run', () => {
  it('finds nothing where one key had one effect and one response', () => {
    expect(kindsIn({})).toEqual([]);
  });

  it('finds nothing where an unknown operation had its effect or had none', () => {
    const findings = { responses: [LOST], rows: [UNKNOWN], earlier: [[UNKNOWN]] };
    expect(kindsIn(findings)).toEqual([]);
    expect(kindsIn({ ...findings, effects: [] })).toEqual([]);
  });

  it('finds nothing where it was so already and nothing was sent', () => {
    const rows = [{ ...ROW, resolvedAs: 'executed', basis: 'already_so' }];
    expect(kindsIn({ rows, earlier: [rows], effects: [] })).toEqual([]);
  });

  it.each<[string, string, Partial<Findings>]>([
    ['two effects of one key', 'duplicate', { effects: [EFFECT, AGAIN] }],
    ['two effects of one request', 'duplicate', { effects: [EFFECT, { ...EFFECT, seq: 2 }] }],
    ['a repeat without a key that was executed again', 'duplicate', REPEATED],
    [
      'something sent that was so already',
      'duplicate',
      { rows: [{ ...ROW, basis: 'already_so' }], earlier: [] },
    ],
    ['an effect without a request', 'stray', { effects: [EFFECT, { ...EFFECT, requestId: 'x.1' }] }],
    ['an effect on something else', 'stray', { effects: [{ ...EFFECT, userId: '7' }] }],
    ['a success without effect', 'lost', { effects: [] }],
    [
      'a success by evidence without an effect of its own',
      'lost',
      { effects: [], responses: [], rows: [BY_EVIDENCE], earlier: [] },
    ],
    [
      'a success by evidence of the effect of another request',
      'lost',
      {
        responses: [],
        rows: [
          { ...BY_EVIDENCE, requestId: 'w1.2' },
          { ...FAILED, id: 'o0' },
        ],
        earlier: [],
      },
    ],
    ['an effect that the ledger denies', 'guessed', { rows: [FAILED], earlier: [] }],
    [
      'an effect that evidence denies',
      'guessed',
      { rows: [{ ...FAILED, resolvedAs: 'not_executed', basis: 'evidence' }], earlier: [] },
    ],
    [
      'an effect after a person had decided well that there is none',
      'guessed',
      { rows: [{ ...FAILED, resolvedAs: 'not_executed', basis: 'person' }], earlier: [] },
    ],
    ['an effect of a released key', 'guessed', { rows: [{ ...ROW, state: 'released' }], earlier: [] }],
    ['an effect without operation', 'guessed', { rows: [], earlier: [] }],
    ['a denial of a request with an effect', 'guessed', { responses: [response(UNAVAILABLE), REPLAY] }],
    [
      'a denial of a request whose operation turned unknown',
      'guessed',
      { responses: [response(UNAVAILABLE)], effects: [], rows: [UNKNOWN], earlier: [] },
    ],
    [
      'a denial of a key after its effect',
      'guessed',
      { responses: [LOST, response({ ...DENIED, requestId: 'w1.3' }, 500)] },
    ],
    [
      'a denial after a success',
      'contradiction',
      { responses: [response(), response({ ...DENIED, requestId: 'w1.3' }, 500), REPLAY] },
    ],
    [
      'two responses to one key',
      'contradiction',
      { responses: [response(), response({ body: { id: 'o2' }, replayed: true }, 1_000)] },
    ],
    [
      'a forgotten success',
      'contradiction',
      { responses: [response(), response({ status: 504, outcome: 'unknown' }, 500)] },
    ],
    ['a final state that changed', 'changed', { rows: [UNKNOWN], responses: [], earlier: [[ROW], []] }],
    [
      'a final row that is gone',
      'changed',
      { rows: [], effects: [], responses: [], earlier: [[FAILED], []] },
    ],
    [
      'an operation that never ends',
      'stuck',
      { rows: [{ ...ROW, state: 'sent' }], responses: [], effects: [] },
    ],
    [
      'a claim that never ends',
      'stuck',
      { rows: [{ ...ROW, state: 'claimed' }], responses: [], effects: [] },
    ],
    [
      'a time of a clock that is a minute off',
      'clock',
      { rows: [{ ...ROW, timesMs: { created_at: AT_MS + 60_000 } }] },
    ],
    [
      'what a trap found missing',
      'silent',
      { traps: [{ write: 'w1', trap: 'lose-row-call', sprung: true, broken: ['no error line'] }] },
    ],
    [
      'eleven calls to Import2 within a second',
      'limit',
      { traffic: { spid: [], import2: calls(11, 99, 5) } },
    ],
    [
      'more calls at one time than Import2 has places',
      'limit',
      { traffic: { spid: [], import2: calls(CONCURRENCY.import2 + 1, 200, 60_000) } },
    ],
    [
      'more calls at one time than SPiD has places for each process',
      'limit',
      { traffic: { spid: [...calls(SPID_PLACES, 1, 500), received(100, null)], import2: [] } },
    ],
    ['a response after its deadline', 'late', { notes: [{ ...TIMED, ms: 701 }] }],
    ['no response at all', 'late', { readings: [{ ...READING, status: 0 }], notes: [] }],
    ['an error that no one handled', 'crash', { notes: [TIMED, { unhandled: 'unhandledRejection: Error' }] }],
    [
      'a process that ended by itself',
      'crash',
      { processes: { ...PROCESSES_OF_RUN, crashed: ['http://127.0.0.1:1'] } },
    ],
    ['a recovery that takes too long', 'slow', { recoveriesMs: [800, RECOVERY_MS_MAX] }],
    ['a response that must not occur', 'unexpected', { responses: [response({ status: 500 }), REPLAY] }],
  ])('finds %s', (_, kind, changes) => {
    expect(kindsIn(changes)).toContain(kind);
  });

  it('lets vendors get what their limits allow', () => {
    const import2 = [
      ...calls(10, 1, 5),
      ...calls(10, 1, 5).map(({ atMs }) => received(atMs - AT_MS + 1_000, 5)),
    ];
    const spid = calls(SPID_PLACES, 1, 500);
    expect(kindsIn({ traffic: { spid, import2 } })).toEqual([]);
    // The next call comes as one ends.
    expect(kindsIn({ traffic: { spid: [...spid, received(500, 10)], import2 } })).toEqual([]);
  });

  it('lets the calls of a process that stood still go on while others take its places', () => {
    const traffic = { spid: calls(4 * CONCURRENCY.spid, 1, 500), import2: [] };
    expect(kindsIn({ traffic, processes: { ...PROCESSES_OF_RUN, stoodStill: 1 } })).toEqual([]);
    expect(kindsIn({ traffic })).toEqual(['limit']);
  });

  it('does not blame a gateway for the time in which its process did not run, or for its end', () => {
    expect(kindsIn({ notes: [{ ...TIMED, ms: 3_000, lostMs: 2_400 }] })).toEqual([]);
    expect(kindsIn({ readings: [{ ...READING, status: 0, gateway: gateway(true) }], notes: [] })).toEqual([]);
  });

  it('lets a gateway without ledger, or with another write in the way, speak of the request alone', () => {
    for (const problem of ['ledger-unavailable', 'operation-in-progress']) {
      const denied = response({ ...DENIED, problem, requestId: 'w1.3' }, 500);
      expect(kindsIn({ responses: [response(), denied, REPLAY] })).toEqual([]);
    }
  });

  it('lets a process that has ended leave a denied operation unknown', () => {
    const responses = [response({ ...DENIED, gateway: gateway(true) })];
    expect(kindsIn({ responses, effects: [], rows: [UNKNOWN], earlier: [] })).toEqual([]);
  });

  it('accepts another response after a decision', () => {
    const rows = [{ ...ROW, resolvedAs: 'executed', basis: 'person' }];
    const known = response({ body: { id: 'o1', handedOutAt: null }, replayed: true }, 1_000);
    expect(kindsIn({ rows, earlier: [rows], responses: [response(), known] })).toEqual([]);
  });

  it('lets a repeat without a key be executed again after the opposite', () => {
    const rows = [...(REPEATED.rows ?? []), { ...keylessRow('w2.1'), key: 'k2', kind: 'entitlement_revoke' }];
    expect(kindsIn({ ...REPEATED, rows, effects: [EFFECT, OPPOSITE_EFFECT, AGAIN] })).toEqual([]);
  });

  it('blames a person who decided wrongly, not the gateway', () => {
    const rows = [
      { ...FAILED, basis: 'person' },
      { ...ROW, id: 'o2', requestId: 'w1.2' },
    ];
    const findings = { rows, earlier: [], effects: [EFFECT, AGAIN], responses: [LOST, REPLAY] };
    expect(kindsIn({ ...findings, decisions: [WRONG] })).toEqual([]);
    expect(kindsIn(findings)).toContain('duplicate');
  });
});
