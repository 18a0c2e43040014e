import { ProbeTimes } from '../../../src/reconciliation/probe.times.js';
import { OperationQueries } from '../../../src/ledger/queries/operation.queries.js';
import { DecisionStore } from '../../../src/ledger/writes/decision.store.js';
import { EvidenceStore } from '../../../src/ledger/writes/evidence.store.js';
import { type CallOptions, startGateway, type TestGateway } from '../../support/gateway.js';
import {
  CHECKOUT_KEY,
  NEIGHBOUR_KEY,
  OPERATOR_KEY,
  withOperators,
} from '../../support/operations.callers.js';

const GROUP = '324673248';
const TAG = /^"[0-9a-f]{32}"$/;

let gateway: TestGateway;
let keys = 0;

beforeAll(async () => {
  const probeTimes = new ProbeTimes({
    firstProbeAfterSeconds: 3_600,
    probeAgainMs: 2_000,
  });
  gateway = await startGateway({ settings: withOperators, probeTimes });
});
afterEach(() => Promise.all([gateway.spid.clearFaults(), gateway.import2.clearFaults()]));
afterAll(() => gateway.close());

const newKey = () => `probe-${(keys += 1)}`;
const get = (path: string, key = OPERATOR_KEY) => gateway.call('GET', path, { key });
const probe = (path: string, options: CallOptions = {}) =>
  gateway.call('POST', `${path}/probe`, { key: OPERATOR_KEY, ...options });
const resolve = (path: string, body: object, headers: Record<string, string> = {}) =>
  gateway.call('POST', `${path}/resolution`, {
    key: OPERATOR_KEY,
    headers,
    body: { reason: 'seen by a person', ...body },
  });

async function lostHandout(): Promise<string> {
  await gateway.spid.fault('voucher_handout', 'reset-after');
  const { body } = await gateway.call('POST', '/v1/voucher-handouts', {
    key: CHECKOUT_KEY,
    idempotencyKey: newKey(),
    body: { userId: '42', voucherGroupId: GROUP },
  });
  return body.operation;
}

async function lostGrant(product: string): Promise<string> {
  await gateway.spid.fault('product_grant', 'reset-after');
  return (await gateway.call('PUT', `/v1/users/42/entitlements/${product}`)).body.operation;
}

async function lostMigration(body: object, fault = 'reset-after'): Promise<string> {
  await gateway.import2.fault('imports_create', fault);
  const idempotencyKey = newKey();
  const request = { idempotencyKey, body: { sourceTool: 'wordpress', ...body } };
  const response = await gateway.call('POST', '/v1/migrations', request);
  expect(response.status).toBe(504);
  return response.body.operation;
}

const slugOf = (body: { type: string }) => body.type.split('/').at(-1);

describe('POST /v1/operations/{id}/probe', () => {
  it('reads the upstream, records the result, and decides nothing', async () => {
    const path = await lostGrant('301694');
    const { status, body, headers } = await probe(path);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { state: 'unknown', outcome: 'unknown', awaits: 'evidence', recommendation: 'executed' },
    });
    expect(body.evidence.at(-1)).toMatchObject({
      by: 'evidence',
      asked: 'GET entitlement 42/301694',
      seen: { shows: 'executed', requestedBy: 'night-shift' },
    });
    const read = await get(path);
    // The worker may have planned a probe meanwhile.
    expect(read.body).toEqual({ ...body, nextProbeAt: read.body.nextProbeAt });
    expect([headers.get('etag'), read.headers.get('etag')]).toEqual([
      expect.stringMatching(TAG),
      headers.get('etag'),
    ]);
  });

  it('calls the upstream once for many requests at once, and returns Retry-After to the others', async () => {
    const path = await lostHandout();
    const responses = await Promise.all(Array.from({ length: 5 }, () => probe(path)));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body, headers } of responses.filter((each) => each.status !== 200)) {
      expect([status, slugOf(body), body.outcome]).toEqual([429, 'rate-limited', 'unknown']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(
      (await get(path)).body.evidence.filter(({ by }: { by: string }) => by === 'evidence'),
    ).toHaveLength(1);
  });

  it('reports that the upstream could not be read and that the outcome is still unknown', async () => {
    const path = await lostHandout();
    await gateway.spid.fault('voucher_group_get', 'status-500', 5);
    const { status, body } = await probe(path);
    expect([status, slugOf(body), body.outcome, body.operation]).toEqual([
      503,
      'upstream-unavailable',
      'unknown',
      path,
    ]);
  });

  it.each([
    ['a migration without a username', () => lostMigration({}), /without a destination username/],
    [
      'an import of tokens',
      async () => {
        await gateway.spid.fault('injectable_import', 'reset-after');
        const body = { tokenName: 'loyalty', tokens: ['a'] };
        return (await gateway.call('POST', '/v1/token-imports', { idempotencyKey: newKey(), body })).body
          .operation;
      },
      /nothing of this kind/,
    ],
  ])('refuses %s, which nothing can be read back of', async (_, lose, detail) => {
    const { status, body } = await probe(await lose());
    expect([status, slugOf(body), body.outcome]).toEqual([409, 'probe-refused', 'unknown']);
    expect(body.detail).toMatch(detail);
  });

  it("refuses an operation that is not unknown, and returns 404 for one that is not the caller's", async () => {
    const path = await lostHandout();
    expect((await probe(path, { key: NEIGHBOUR_KEY })).status).toBe(404);
    expect((await probe(path, { key: CHECKOUT_KEY })).status).toBe(403);
    await resolve(path, { decision: 'executed' });
    const { status, body } = await probe(path);
    expect([status, slugOf(body), body.outcome]).toEqual([409, 'operation-already-decided', 'executed']);
  });
});

describe('If-Match of a decision', () => {
  const EXECUTED = { decision: 'executed' };
  const tagOf = async (path: string) => (await get(path)).headers.get('etag') ?? '';

  it('accepts the decision while the operation is unchanged', async () => {
    const path = await lostHandout();
    const tag = await tagOf(path);
    const { status, headers } = await resolve(path, EXECUTED, { 'if-match': `"other", ${tag}` });
    expect(status).toBe(200);
    expect(headers.get('etag')).toBe(await tagOf(path));
    expect(headers.get('etag')).not.toBe(tag);
  });

  it('returns 412 after evidence was added, and after a decision', async () => {
    const path = await lostHandout();
    const tag = await tagOf(path);
    await probe(path);
    const stale = await resolve(path, EXECUTED, { 'if-match': tag });
    expect([stale.status, slugOf(stale.body), stale.body.outcome]).toEqual([
      412,
      'operation-changed',
      'unknown',
    ]);
    expect((await get(path)).body.state).toBe('unknown');
    const fresh = await tagOf(path);
    expect((await resolve(path, EXECUTED, { 'if-match': fresh })).status).toBe(200);
    const late = await resolve(path, { decision: 'not_executed' }, { 'if-match': fresh });
    expect([late.status, late.body.outcome]).toEqual([412, 'executed']);
  });

  it('is also compared with evidence added between the read and the decision', async () => {
    const queries = gateway.app.get(OperationQueries);
    const notes = gateway.app.get(EvidenceStore);
    const decisions = gateway.app.get(DecisionStore);
    const id = (await lostHandout()).split('/').at(-1) ?? '';
    const read = await queries.find('demo', id);
    const evidence = [
      { at: new Date().toISOString(), by: 'evidence', asked: 'GET', seen: { shows: 'noted' } },
    ];
    await notes.add(read!, { evidence, awaits: 'person', recommendation: null });
    const decision = {
      tenant: 'demo',
      id,
      decision: 'executed',
      basis: 'person',
      by: 'ops',
      reason: 'seen',
    } as const;
    expect((await decisions.decide({ ...decision, unchangedSince: read! })).kind).toBe('changed');
    expect((await queries.find('demo', id))?.state).toBe('unknown');
    expect((await decisions.decide(decision)).kind).toBe('decided');
  });

  it('accepts one of two concurrent decisions', async () => {
    const path = await lostHandout();
    const headers = { 'if-match': await tagOf(path) };
    const responses = await Promise.all([
      resolve(path, EXECUTED, headers),
      resolve(path, { decision: 'not_executed' }, headers),
    ]);
    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
  });

  it.each([
    ['*', 200],
    ['W/"weak"', 412],
    ['""', 412],
    ['no-quotes', 400],
    ['"open', 400],
    ['"a" "b"', 400],
    [',', 400],
  ])('gives If-Match: %s the status %s', async (tag, expected) => {
    const { status, body } = await resolve(await lostHandout(), EXECUTED, { 'if-match': tag });
    expect(status).toBe(expected);
    if (status === 400) expect(body.errors[0].pointer).toBe('/headers/If-Match');
  });
});

describe('GET /v1/operations/summary', () => {
  it('counts the visible operations by kind, awaits and recommendation', async () => {
    const path = await lostHandout();
    const { status, body } = await get('/v1/operations/summary');
    expect(status).toBe(200);
    const handouts = body.items.find(({ kind }: { kind: string }) => kind === 'voucher_handout');
    expect(handouts).toEqual({
      kind: 'voucher_handout',
      awaits: 'person',
      recommendation: null,
      count: expect.any(Number),
      hasMore: false,
      oldestSentAt: expect.stringMatching(/Z$/),
    });
    expect((await get('/v1/operations/summary', NEIGHBOUR_KEY)).body.items).toEqual([]);
    const own = (await get('/v1/operations/summary', CHECKOUT_KEY)).body.items;
    expect(own.map(({ kind }: { kind: string }) => kind)).toEqual(['voucher_handout']);
    await resolve(path, { decision: 'executed' });
    const after = (await get('/v1/operations/summary')).body.items;
    const left = after.find(({ kind }: { kind: string }) => kind === 'voucher_handout')?.count ?? 0;
    expect(left).toBe(handouts.count - 1);
  });

  it('matches the filters of the list', async () => {
    for (const { kind, awaits, recommendation, count } of (await get('/v1/operations/summary')).body.items) {
      const filters = new URLSearchParams({ state: 'unknown', kind, awaits, limit: '100' });
      if (recommendation) filters.set('recommendation', recommendation);
      const { items } = (await get(`/v1/operations?${filters.toString()}`)).body;
      const same = items.filter(
        (each: { recommendation: unknown }) => each.recommendation === recommendation,
      );
      expect([kind, same.length]).toEqual([kind, count]);
    }
  });

  it.each(['awaits=nobody', 'recommendation=maybe'])('refuses the filter %s', async (filter) => {
    expect((await get(`/v1/operations?${filter}`)).status).toBe(400);
  });
});

describe('the migration of a decision', () => {
  const executed = (migrationId: string) => ({ decision: 'executed', migrationId });
  const idsOf = async (username: string): Promise<string[]> => {
    const path = `/v1/migrations?destinationUsername=${username}`;
    const { body } = await gateway.call('GET', path);
    return body.items.map(({ id }: { id: string }) => id);
  };

  it('is returned for a creation that succeeded', async () => {
    const request = {
      idempotencyKey: newKey(),
      body: { sourceTool: 'wordpress', destinationUsername: 'shown' },
    };
    const { body } = await gateway.call('POST', '/v1/migrations', request);
    const { items } = (await get('/v1/operations?destinationUsername=shown')).body;
    expect(items[0].migrationId).toBe(body.id);
  });

  it('lets evidence decide the next unknown creation of the username', async () => {
    const first = await lostMigration({ destinationUsername: 'named' });
    const [id] = await idsOf('named');
    expect((await resolve(first, executed(id ?? ''))).body).toMatchObject({
      state: 'succeeded',
      migrationId: id,
    });
    const next = await lostMigration({ destinationUsername: 'named' });
    const { body } = await probe(next);
    expect(body.evidence.at(-1).seen.shows).toBe('executed');
    expect(body.snapshot.seen.migrations).toEqual([{ id, status: 'collecting_credentials' }]);
    // Migrations of the snapshot, and those of other operations, are excluded.
    const before = await resolve(next, executed(id ?? ''));
    expect([before.status, before.body.errors[0].pointer]).toEqual([400, '/migrationId']);
  });

  it('belongs to one operation, also with two concurrent decisions', async () => {
    const paths = [
      await lostMigration({ destinationUsername: 'twice' }, 'reset-before'),
      await lostMigration({ destinationUsername: 'twice' }),
    ];
    const [id = ''] = await idsOf('twice');
    const responses = await Promise.all(paths.map((path) => resolve(path, executed(id))));
    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(slugOf(responses.find(({ status }) => status === 409)!.body)).toBe('migration-taken');
  });

  it.each([
    ['another kind', lostHandout, executed('789123'), '/migrationId'],
    [
      'not executed',
      () => lostMigration({ destinationUsername: 'none' }),
      { ...executed('789123'), decision: 'not_executed' },
      '/migrationId',
    ],
    ['no id', lostHandout, executed('../789123'), '/migrationId'],
    ['too long an id', lostHandout, executed('7'.repeat(129)), '/migrationId'],
  ])('is refused with %s', async (_, lose, body, pointer) => {
    const response = await resolve(await lose(), body);
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, pointer]);
  });
});
