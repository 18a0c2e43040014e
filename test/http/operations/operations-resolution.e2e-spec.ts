import { OperationQueries } from '../../../src/ledger/queries/operation.queries.js';
import { Database } from '../../../src/store/database/database.js';
import { DatabaseUnavailableError } from '../../../src/store/database/database.errors.js';
import { type CallOptions, READ_ONLY_KEY, startGateway, type TestGateway } from '../../support/gateway.js';
import {
  CHECKOUT_KEY,
  NEIGHBOUR_KEY,
  OPERATOR_KEY,
  withOperators,
} from '../../support/operations.callers.js';
import { HeldVendor } from '../../support/vendors/held.vendor.js';

const GROUP = '324673248';

let gateway: TestGateway;
let vendor: HeldVendor;
let keys = 0;

beforeAll(async () => {
  vendor = await HeldVendor.start();
  gateway = await startGateway({ settings: vendor.inFrontOf('spid', withOperators) });
});
afterEach(() => gateway.spid.clearFaults());
afterAll(async () => {
  await gateway.close();
  await vendor.close();
});

const handOut = (idempotencyKey: string) =>
  gateway.call('POST', '/v1/voucher-handouts', {
    key: CHECKOUT_KEY,
    idempotencyKey,
    body: { userId: '42', voucherGroupId: GROUP },
  });

interface Unknown {
  readonly path: string;
  readonly idempotencyKey: string;
}

/** A handout with an unknown outcome: executed with `reset-after`, not executed with `reset-before`. */
async function unknownHandout(fault: 'reset-after' | 'reset-before' = 'reset-after'): Promise<Unknown> {
  const idempotencyKey = `resolution-${++keys}`;
  await gateway.spid.fault('voucher_handout', fault);
  const { status, body } = await handOut(idempotencyKey);
  expect(status).toBe(504);
  return { path: body.operation, idempotencyKey };
}

const decide = (path: string, body: unknown, options: CallOptions = {}) =>
  gateway.call('POST', `${path}/resolution`, { key: OPERATOR_KEY, body, ...options });

const EXECUTED = { decision: 'executed', reason: 'The console lists it.' };
const NOT_EXECUTED = { decision: 'not_executed', reason: 'The console lists none.' };

const handouts = async () => (await gateway.spid.effects('voucher_handout')).length;

describe('POST /v1/operations/{id}/resolution with not_executed', () => {
  it('is final, returns who decided and why, and lets the same key run again', async () => {
    const { path, idempotencyKey } = await unknownHandout('reset-before');
    const before = await handouts();
    const { status, body } = await decide(path, { ...NOT_EXECUTED, evidence: { vouchersOfUser: 0 } });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        state: 'failed',
        outcome: 'not_executed',
        caller: 'checkout',
        resolution: {
          decision: 'not_executed',
          basis: 'person',
          by: 'night-shift',
          reason: 'The console lists none.',
          at: expect.stringMatching(/Z$/),
        },
        answer: null,
      },
    });
    expect(body.evidence.at(-1)).toMatchObject({ by: 'night-shift', seen: { vouchersOfUser: 0 } });

    const again = await handOut(idempotencyKey);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(again.body.id).not.toBe(body.id);
    expect(await handouts()).toBe(before + 1);
    expect((await gateway.call('GET', path)).body).toEqual(body);
  });
});

describe('POST /v1/operations/{id}/resolution with executed', () => {
  it('returns the response of a success to a repeat with the key, and sends nothing', async () => {
    const { path, idempotencyKey } = await unknownHandout();
    const before = await handouts();
    expect((await decide(path, EXECUTED)).body).toMatchObject({
      state: 'succeeded',
      outcome: 'executed',
      answer: { status: 201 },
    });
    const repeat = await handOut(idempotencyKey);
    const id = path.split('/').at(-1);
    expect({ status: repeat.status, body: repeat.body }).toEqual({
      status: 201,
      body: { id, userId: '42', voucherGroupId: GROUP, handedOut: true, handedOutAt: null },
    });
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    expect(repeat.headers.get('location')).toBe(`/v1/voucher-handouts/${id}`);
    expect(await handouts()).toBe(before);
  });

  it('returns 410 answer-lost to a repeat where only the upstream had the response', async () => {
    const draw = () =>
      gateway.call('POST', `/v1/voucher-groups/${GROUP}/codes`, {
        idempotencyKey: 'lost-codes',
        body: { amount: 1 },
      });
    await gateway.spid.fault('vouchers_handout', 'reset-after');
    const { body } = await draw();
    expect((await decide(body.operation, EXECUTED)).body.answer).toBeNull();
    const repeat = await draw();
    expect({ type: repeat.body.type, outcome: repeat.body.outcome }).toEqual({
      type: '/docs/problems/answer-lost',
      outcome: 'executed',
    });
    expect(await gateway.spid.effects('vouchers_handout')).toHaveLength(1);
  });
});

describe('a second decision', () => {
  it.each([EXECUTED, NOT_EXECUTED])('is refused and changes nothing: %j', async (second) => {
    const { path } = await unknownHandout();
    const { body: decided } = await decide(path, EXECUTED);
    const { status, body } = await decide(path, second);
    expect({ status, type: body.type, outcome: body.outcome, operation: body.operation }).toEqual({
      status: 409,
      type: '/docs/problems/operation-already-decided',
      outcome: 'executed',
      operation: path,
    });
    expect(body.detail).toBe(
      `night-shift decided executed at ${decided.resolution.at}, for the reason: The console lists it. This is final.`,
    );
    expect((await gateway.call('GET', path)).body).toEqual(decided);
  });

  it('is refused when many arrive at once, except one', async () => {
    const { path } = await unknownHandout();
    const responses = await Promise.all(
      Array.from({ length: 12 }, (_, i) => decide(path, i % 2 === 0 ? EXECUTED : NOT_EXECUTED)),
    );
    const won = responses.filter(({ status }) => status === 200);
    expect([won.length, responses.filter(({ status }) => status === 409).length]).toEqual([1, 11]);
    expect((await gateway.call('GET', path)).body).toEqual(won[0]?.body);
  });

  it('is refused after a response of the upstream as well', async () => {
    const { id } = (await handOut('known')).body;
    const { status, body } = await decide(`/v1/operations/${id}`, NOT_EXECUTED);
    expect({ status, type: body.type, outcome: body.outcome }).toEqual({
      status: 409,
      type: '/docs/problems/operation-already-decided',
      outcome: 'executed',
    });
    expect(body.detail).toMatch(
      /^The outcome is executed: the upstream responded at \S+Z\. This is final\.$/,
    );
  });
});

describe('a decision', () => {
  it('returns 409 while the operation is running', async () => {
    const before = vendor.writes.length;
    vendor.hold('writes');
    const response = handOut('slow');
    await vendor.arrived(before + 1, 'writes');
    const running = await gateway.call('GET', '/v1/operations?state=running');
    const path = `/v1/operations/${running.body.items[0].id}`;
    const { status, body, headers } = await decide(path, NOT_EXECUTED);
    expect({ status, type: body.type, outcome: body.outcome }).toEqual({
      status: 409,
      type: '/docs/problems/operation-in-progress',
      outcome: 'unknown',
    });
    // The lease of a minute, and the interval of recovery.
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(65);
    expect((await gateway.call('GET', path)).body).toMatchObject({
      state: 'running',
      outcome: null,
      finishedAt: null,
    });
    vendor.release();
    expect((await response).status).toBe(201);
  });

  it('is allowed only to callers of the tenant with the scope', async () => {
    const { path } = await unknownHandout();
    for (const key of [CHECKOUT_KEY, READ_ONLY_KEY]) {
      expect((await decide(path, EXECUTED, { key })).status).toBe(403);
    }
    const foreign = await decide(path, EXECUTED, { key: NEIGHBOUR_KEY });
    const missing = await decide('/v1/operations/none', NOT_EXECUTED);
    for (const { status, body } of [foreign, missing]) {
      expect({ status, type: body.type }).toEqual({
        status: 404,
        type: '/docs/problems/operation-not-found',
      });
    }
    expect((await gateway.call('GET', path)).body).toMatchObject({
      state: 'unknown',
      evidence: [{ by: 'gateway' }],
    });
  });

  it('accepts a string as evidence, up to 4 KiB', async () => {
    const { path } = await unknownHandout();
    const evidence = 'Two lines\nwith "quotes", and no voucher.';
    const { body } = await decide(path, { ...EXECUTED, evidence });
    expect(body.evidence.at(-1).seen).toBe(evidence);
    const fits = await unknownHandout();
    expect((await decide(fits.path, { ...EXECUTED, evidence: 'x'.repeat(4_094) })).status).toBe(200);
  });

  it.each([
    ['another decision', '/decision', { decision: 'unknown' }],
    ['no decision', '/decision', { decision: undefined }],
    ['a short reason', '/reason', { reason: 'ok' }],
    ['a long reason', '/reason', { reason: 'x'.repeat(501) }],
    ['a reason that colours terminals', '/reason', { reason: 'a\u001b[31mred' }],
    ['a reason that is no text', '/reason/constructor', { reason: { constructor: 'x' } }],
    ['no reason', '/reason', { reason: undefined }],
    ['a long text as evidence', '/evidence', { evidence: 'x'.repeat(4_095) }],
    ['a large object as evidence', '/evidence', { evidence: { text: 'x'.repeat(4_096) } }],
    ['a list as evidence', '/evidence', { evidence: [] }],
    ['an empty text as evidence', '/evidence', { evidence: '' }],
    ['null as evidence', '/evidence', { evidence: null }],
    ['a number as evidence', '/evidence', { evidence: 7 }],
    ['another name', '/by', { by: 'somebody else' }],
    ['another basis', '/basis', { basis: 'evidence' }],
  ])('is refused with %s', async (_, pointer, change) => {
    const { status, body } = await decide('/v1/operations/none', { ...EXECUTED, ...change });
    expect({ status, pointers: body.errors?.map((each: { pointer: string }) => each.pointer) }).toEqual({
      status: 400,
      pointers: [pointer],
    });
  });

  it.each([
    ['a constructor', '{"constructor":"x"}'],
    ['a prototype', '{"__proto__":{"a":1}}'],
    ['a method', '{"toJSON":"x","then":"y","hasOwnProperty":"z"}'],
    ['depth', `${'['.repeat(400_000)}${']'.repeat(400_000)}`],
  ])('meets hostile evidence with %s without an error of the gateway', async (_, evidence) => {
    const { path } = await unknownHandout();
    const { status } = await decide(
      path,
      `{"decision":"executed","reason":"hostile","evidence":${evidence}}`,
      {
        headers: { 'content-type': 'application/json' },
      },
    );
    expect([200, 400]).toContain(status);
  });

  it('that may or may not be committed is reported as unknown; reads are refused', async () => {
    const { path } = await unknownHandout();
    const database = gateway.app.get(Database);
    const gone = new DatabaseUnavailableError('gone', { mayHaveCommitted: true });
    const queries = gateway.app.get(OperationQueries);
    // The read of the operation succeeds and its decision is lost; background work uses the database as well.
    const found = await queries.find('demo', path.split('/').at(-1) ?? '');
    queries.find = () => {
      Reflect.deleteProperty(queries, 'find');
      return Promise.resolve(found);
    };
    database.run = () => Promise.reject(gone);
    try {
      const decision = await decide(path, NOT_EXECUTED);
      expect({ status: decision.status, type: decision.body.type, outcome: decision.body.outcome }).toEqual({
        status: 503,
        type: '/docs/problems/ledger-unavailable',
        outcome: 'unknown',
      });
      expect(Number(decision.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await gateway.call('GET', path)).status).toBe(503);
    } finally {
      Reflect.deleteProperty(database, 'run');
    }
    expect((await decide(path, NOT_EXECUTED)).status).toBe(200);
  });
});
