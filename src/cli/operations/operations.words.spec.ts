import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { hasColors } from '../terminal.js';
import { ageInWords, evidenceInWords, reasonInWords, valueInWords } from './operations.words.js';

const AT = '2026-03-04T12:00:00.000Z';

const evidence = (by: string, seen: unknown, asked = 'GET entitlement 42/1337') => ({
  at: AT,
  by,
  asked,
  seen,
});

const LEASE = 'its lease ended without a response';

describe('evidence in words', () => {
  it.each([
    [
      evidence('evidence', { shows: 'absent', because: 'it is not there', seen: { granted: false } }),
      'probe: GET entitlement 42/1337 shows granted: false: absent: the effect does not exist; it is not there',
    ],
    [
      evidence('evidence', {
        shows: 'seen',
        seen: { unclaimed: [{ id: '7', status: 'new' }] },
        requestedBy: 'ops',
      }),
      'probe by ops: GET entitlement 42/1337 shows unclaimed: [id: 7, status: new]: seen: the effect exists',
    ],
    // Of a newer gateway.
    [
      evidence('evidence', { shows: 'guessed', seen: null }),
      'probe: GET entitlement 42/1337 shows nothing: guessed',
    ],
    [
      evidence(
        'gateway',
        { upstream: 'spid', call: 'product_grant', reason: 'ECONNRESET' },
        'how did the call end?',
      ),
      'the call was lost: spid product_grant: the upstream reset the connection (ECONNRESET)',
    ],
    [
      evidence('gateway', { reason: 'an error of the gateway' }),
      'the call was lost: an error of the gateway',
    ],
    [evidence('gateway', LEASE), LEASE],
    [
      evidence('gateway', { ended: 'succeed', status: 201, contradicts: 'the decision' }),
      'the attempt ended after the decision: succeed with status 201, which contradicts the decision',
    ],
    [evidence('night-shift', 'OPS-1812'), 'night-shift: OPS-1812'],
    [evidence('night-shift', { vouchersOfUser: 0 }), 'night-shift: vouchersOfUser: 0'],
    [evidence('night-shift', null), 'night-shift: nothing'],
  ])('%j', (given, words) => {
    expect(evidenceInWords(given)).toBe(words);
  });

  it('shows any JSON', () => {
    expect(valueInWords({ a: [], b: [1, 'x'], c: true, d: { e: null } })).toBe(
      'a: none, b: [1; x], c: true, d: e: nothing',
    );
  });
});

describe('the reason of a state', () => {
  const operation = (changes: Partial<OperationDto>) =>
    ({
      state: 'unknown',
      evidence: [],
      resolution: null,
      answer: null,
      ...changes,
    }) as unknown as OperationDto;
  const lost = { upstream: 'spid', call: 'product_grant', reason: 'timeout after 10 s' };

  it.each([
    [{}, '-'],
    [
      { evidence: [evidence('gateway', lost), evidence('evidence', { shows: 'absent' })] },
      'spid product_grant: timeout after 10 s',
    ],
    [{ evidence: [evidence('gateway', LEASE)] }, LEASE],
    [{ state: 'failed', answer: { status: 404 } }, 'refused with 404'],
    [{ state: 'succeeded', answer: { status: 201 } }, '-'],
    [
      {
        state: 'failed',
        resolution: { decision: 'not_executed', basis: 'person', by: 'ops', reason: 'none', at: AT },
      },
      'not_executed by ops: none',
    ],
  ] as const)('%j', (changes, words) => {
    expect(reasonInWords(operation(changes as Partial<OperationDto>))).toBe(words);
  });
});

describe('an age', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [99, '99s'],
    [100, '1m'],
    [5_999, '99m'],
    [6_000, '1h'],
    [172_799, '47h'],
    [172_800, '2d'],
  ])('of %d s is %s', (seconds, words) => {
    expect(ageInWords(AT, Date.parse(AT) + seconds * 1_000)).toBe(words);
  });

  it('of no time is -', () => expect(ageInWords('soon', 0)).toBe('-'));
});

describe('colors', () => {
  it.each<[boolean, boolean | undefined, Record<string, string>]>([
    [true, true, {}],
    [false, undefined, {}],
    [false, true, { NO_COLOR: '1' }],
    [true, true, { NO_COLOR: '' }],
    [false, true, { TERM: 'dumb' }],
  ])('are %s for a terminal %s with %j', (expected, isTerminal, env) => {
    expect(hasColors(isTerminal, env)).toBe(expected);
  });
});
