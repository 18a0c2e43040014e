import { until } from '../../support/until.js';
import { type CallOptions, READ_ONLY_KEY, startGateway, type TestGateway } from '../../support/gateway.js';
import {
  BOTH_KEY,
  CHECKOUT_KEY,
  NEIGHBOUR_KEY,
  OPERATOR_KEY,
  withOperators,
} from '../../support/operations.callers.js';

const GROUP = '324673248';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let gateway: TestGateway;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: withOperators });
});
afterEach(() => Promise.all([gateway.spid.clearFaults(), gateway.import2.clearFaults()]));
afterAll(() => gateway.close());

const get = (path: string, options: CallOptions = {}) => gateway.call('GET', path, options);

/** Hands out as `checkout`; returns the response. */
const handOut = (userId = '42', options: CallOptions = {}) =>
  gateway.call('POST', '/v1/voucher-handouts', {
    key: CHECKOUT_KEY,
    idempotencyKey: `operations-${++keys}`,
    body: { userId, voucherGroupId: GROUP },
    ...options,
  });

/** Creates a handout with an unknown outcome; returns its path. */
async function unknownHandout(userId = '42'): Promise<string> {
  await gateway.spid.fault('voucher_handout', 'reset-after');
  const { status, body } = await handOut(userId);
  expect(status).toBe(504);
  return body.operation;
}

const idsOf = (body: { items: { id: string }[] }) => body.items.map(({ id }) => id);

const NOT_FOUND = { status: 404, type: '/docs/problems/operation-not-found' };

describe('an operation', () => {
  it('has caller, request, times, request id and outcome', async () => {
    const { body: handout } = await handOut('938029', { headers: { 'x-request-id': 'audit-1' } });
    const { status, body } = await get(`/v1/operations/${handout.id}`);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id: expect.stringMatching(UUID),
        tenant: 'demo',
        kind: 'voucher_handout',
        state: 'succeeded',
        outcome: 'executed',
        caller: 'checkout',
        requestId: 'audit-1',
        userId: '938029',
        productId: null,
        voucherGroupId: GROUP,
        migrationId: null,
        destinationUsername: null,
        request: { path: {}, body: { userId: '938029', voucherGroupId: GROUP } },
        attempts: 1,
        evidence: [],
        snapshot: null,
        awaits: null,
        recommendation: null,
        resolution: null,
        contradictedAt: null,
        createdAt: expect.stringMatching(TIME),
        sentAt: expect.stringMatching(TIME),
        finishedAt: expect.stringMatching(TIME),
        answer: { status: 201 },
        gateway: expect.stringMatching(/\/\d+$/),
        nextProbeAt: null,
      },
    });
  });

  it('is linked in the problem of an unknown write', async () => {
    const { body } = await get(await unknownHandout());
    expect(body).toMatchObject({ state: 'unknown', outcome: 'unknown', resolution: null, answer: null });
  });

  it('is released after a temporary refusal of the upstream, and failed after a refusal of the request', async () => {
    await gateway.spid.fault('voucher_handout', 'status-420');
    const released = await handOut();
    expect((await get(released.body.operation)).body).toMatchObject({
      state: 'released',
      outcome: 'not_executed',
      answer: null,
    });
    const refused = await handOut('777');
    expect((await get(refused.body.operation)).body).toMatchObject({
      state: 'failed',
      outcome: 'not_executed',
      answer: { status: 404 },
    });
  });

  it('contains no drawn code, no token of a customer and no URL with a token', async () => {
    const draw = await gateway.call('POST', `/v1/voucher-groups/${GROUP}/codes`, {
      idempotencyKey: 'codes',
      body: { amount: 2 },
    });
    const started = await gateway.call('POST', '/v1/migrations', {
      idempotencyKey: 'migration',
      body: {
        sourceTool: 'wordpress',
        destinationUsername: 'anna@acme.example',
        destinationToken: 'canary-destination-token',
      },
    });
    const imported = await gateway.call('POST', '/v1/token-imports', {
      idempotencyKey: 'tokens',
      body: { tokenName: 'loyalty', tokens: ['canary-token-1', 'canary-token-2'] },
    });
    expect([draw.status, started.status, imported.status].every((status) => status < 300)).toBe(true);
    const codes = draw.body.items.map(({ code }: { code: string }) => code);
    const { text, body } = await get('/v1/operations?limit=3');
    expect(body.items.map(({ kind, answer }: { kind: string; answer: unknown }) => [kind, answer])).toEqual([
      ['token_import', { status: imported.status }],
      ['migration_create', { status: 201 }],
      ['voucher_codes_draw', { status: 201 }],
    ]);
    for (const secret of [...codes, started.body.redirectUrl, 'canary', 'idempotencyKey']) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('the operation of another caller', () => {
  let path: string;

  beforeAll(async () => {
    path = `/v1/operations/${(await handOut()).body.id}`;
  });

  it.each([
    ['the caller itself', CHECKOUT_KEY],
    ['a caller of the tenant that may decide', OPERATOR_KEY],
  ])('is shown to %s', async (_, key) => {
    expect((await get(path, { key })).status).toBe(200);
  });

  it.each([
    ['a caller of the same tenant', READ_ONLY_KEY],
    ['a caller of another tenant that may decide there', NEIGHBOUR_KEY],
  ])('does not exist for %s', async (_, key) => {
    const { status, body } = await get(path, { key });
    expect({ status, type: body.type }).toEqual(NOT_FOUND);
    const id = path.split('/').at(-1);
    expect(idsOf((await get('/v1/operations?limit=100', { key })).body)).not.toContain(id);
  });

  it.each(['019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f', 'no-such-operation', 'x'.repeat(64)])(
    'is refused like %s, which does not exist',
    async (id) => {
      const foreign = await get(path, { key: READ_ONLY_KEY });
      const missing = await get(`/v1/operations/${id}`, { key: READ_ONLY_KEY });
      expect({ ...missing.body, instance: '' }).toEqual({ ...foreign.body, instance: '' });
    },
  );

  it('returns 403 without the scope', async () => {
    const { status } = await get(path, { key: null });
    expect(status).toBe(401);
  });
});

describe('GET /v1/operations', () => {
  it('filters by state, kind, user, group, destination and time', async () => {
    const before = new Date().toISOString();
    const handedOut = (await handOut('100003')).body.id;
    const unknown = (await unknownHandout('100003')).split('/').at(-1);
    const grant = await gateway.call('PUT', '/v1/users/100003/entitlements/301694', {
      idempotencyKey: 'listed',
    });
    expect(grant.status).toBe(200);
    const all = (await get('/v1/operations?userId=100003')).body;
    expect(all).toMatchObject({ nextCursor: null });
    const granted = idsOf(all)[0];
    expect(idsOf(all)).toEqual([granted, unknown, handedOut]);

    const about = async (query: string) => idsOf((await get(`/v1/operations?userId=100003&${query}`)).body);
    expect(await about('state=unknown')).toEqual([unknown]);
    expect(await about('state=succeeded')).toEqual([granted, handedOut]);
    expect(await about('kind=entitlement_grant')).toEqual([granted]);
    expect(await about(`voucherGroupId=${GROUP}`)).toEqual([unknown, handedOut]);
    expect(await about('destinationUsername=anna%40acme.example')).toEqual([]);
    expect(await about(`from=${before}`)).toHaveLength(3);
    expect(await about(`to=${before}`)).toEqual([]);
    // Python's strftime writes the offset without a colon.
    expect(await about(`from=${before.replace('Z', '%2B0000')}`)).toHaveLength(3);
    expect(await about(`from=${before.replace('Z', '-0200')}`)).toEqual([]);
    expect(await about(`from=${before.replace('Z', '-02:00')}`)).toEqual([]);
    for (const first of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00%2B02:00']) {
      expect(await about(`from=${first}`)).toHaveLength(3);
      expect(await about(`to=${first}`)).toEqual([]);
    }
    expect(await about('to=9999-12-31T23:59:59-02:00')).toHaveLength(3);
    expect(await about('from=9999-12-31T23:59:59-02:00')).toEqual([]);
    const found = (await get('/v1/operations?destinationUsername=anna%40acme.example')).body;
    expect(found.items[0]).toMatchObject({ kind: 'migration_create' });
  });

  it('pages from the newest to the oldest without gaps or repeats', async () => {
    const whole = idsOf((await get('/v1/operations?limit=100')).body);
    const paged: string[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/v1/operations?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      paged.push(...idsOf(body));
      cursor = body.nextCursor ?? '';
    } while (cursor);
    expect(whole.length).toBeGreaterThan(4);
    expect(paged).toEqual(whole);
    expect(paged.toSorted().toReversed()).toEqual(paged);
  });

  it('returns the operations of the caller, or of the whole tenant with operations:resolve', async () => {
    const callersSeenBy = async (key: string) => {
      const { body } = await get('/v1/operations?limit=100', { key });
      return new Set(body.items.map(({ caller }: { caller: string }) => caller));
    };
    expect(await callersSeenBy(CHECKOUT_KEY)).toEqual(new Set(['checkout']));
    expect(await callersSeenBy(OPERATOR_KEY)).toEqual(new Set(['checkout', 'demo-full-access']));
    expect(await callersSeenBy(NEIGHBOUR_KEY)).toEqual(new Set());
  });

  it.each([
    ['limit=0', '/query/limit'],
    ['limit=101', '/query/limit'],
    ['limit=2&limit=3', '/query/limit'],
    ['state=sent', '/query/state'],
    ['kind=voucher', '/query/kind'],
    ['userId=..%2f', '/query/userId'],
    ['from=yesterday', '/query/from'],
    ['from=2026-02-30T00:00:00Z', '/query/from'],
    ['to=2026-02-01', '/query/to'],
    ['to=2026-02-01T00:00:00', '/query/to'],
    ['to=2026-02-01T00:00:00%2B00', '/query/to'],
    ['idPrefix=019cb8f', '/query/idPrefix'],
    ['idPrefix=019cb8f2-1c2b7', '/query/idPrefix'],
    ['idPrefix=019cb8f2x', '/query/idPrefix'],
    ['idPrefix=019CB8F2', '/query/idPrefix'],
    ['cursor=abc', '/query/cursor'],
    ['cursor=%00', '/query/cursor'],
    ['caller=checkout', '/query/caller'],
  ])('refuses %s', async (query, pointer) => {
    const { status, body } = await get(`/v1/operations?${query}`);
    expect({ status, pointer: body.errors?.[0]?.pointer }).toEqual({ status: 400, pointer });
  });
});

describe('a caller of several tenants', () => {
  const handOutFor = async (tenant: string) => {
    const options = { key: BOTH_KEY, headers: { 'tollgate-tenant': tenant } };
    await gateway.spid.fault('voucher_handout', 'reset-after');
    return (await handOut('42', options)).body.operation.split('/').at(-1) as string;
  };
  let ours: string;
  let theirs: string;

  beforeAll(async () => {
    ours = await handOutFor('demo');
    theirs = await handOutFor('other');
  });

  const listed = async (query: string, headers = {}) =>
    (await get(`/v1/operations?${query}`, { key: BOTH_KEY, headers })).body.items.map(
      ({ id, tenant }: { id: string; tenant: string }) => [id, tenant],
    );

  it.each(['limit=2', 'limit=2&state=unknown', `limit=2&voucherGroupId=${GROUP}`, 'limit=2&userId=42'])(
    'gets the operations of all of them in one list: %s',
    async (query) => {
      expect(await listed(query)).toEqual([
        [theirs, 'other'],
        [ours, 'demo'],
      ]);
      expect(await listed(query, { 'tollgate-tenant': 'demo' })).toContainEqual([ours, 'demo']);
      expect(await listed(query, { 'tollgate-tenant': 'demo' })).not.toContainEqual([theirs, 'other']);
    },
  );

  it('pages through all of them without gaps or repeats', async () => {
    const whole = await listed('limit=100');
    const paged: unknown[] = [];
    let cursor = '';
    do {
      const { body } = await get(`/v1/operations?limit=3${cursor && `&cursor=${cursor}`}`, { key: BOTH_KEY });
      paged.push(...idsOf(body));
      cursor = body.nextCursor ?? '';
    } while (cursor);
    expect(paged).toEqual(whole.map(([id]: [string]) => id));
  });

  it('reads, counts and decides an operation of either without naming the tenant', async () => {
    const count = async (headers = {}) =>
      (await get('/v1/operations/summary', { key: BOTH_KEY, headers })).body.items
        .map((each: { count: number }) => each.count)
        .reduce((sum: number, each: number) => sum + each, 0);
    expect(await count({ 'tollgate-tenant': 'other' })).toBe(1);
    expect(await count()).toBe(1 + (await count({ 'tollgate-tenant': 'demo' })));
    const named = await get(`/v1/operations/${theirs}`, {
      key: BOTH_KEY,
      headers: { 'tollgate-tenant': 'demo' },
    });
    expect(named.status).toBe(404);
    expect((await get(`/v1/operations/${theirs}`, { key: OPERATOR_KEY })).status).toBe(404);
    const decided = await gateway.call('POST', `/v1/operations/${theirs}/resolution`, {
      key: BOTH_KEY,
      body: { decision: 'executed', reason: 'seen in the console' },
    });
    expect([decided.status, decided.body.tenant]).toEqual([200, 'other']);
  });
});

describe('the beginning of an id', () => {
  it('lists the operations whose ids begin with it, with every other filter', async () => {
    await handOut('938029');
    const { id } = (await handOut('938029')).body;
    await handOut('938029');
    for (const length of [18, 23, 35, 36]) {
      for (const filter of ['', '&userId=938029', '&state=succeeded', '&kind=voucher_handout']) {
        const { body } = await get(`/v1/operations?idPrefix=${id.slice(0, length)}${filter}`);
        expect([length, filter, idsOf(body)]).toEqual([length, filter, [id]]);
      }
    }
    const minute = (await get(`/v1/operations?limit=100&idPrefix=${id.slice(0, 8)}`)).body;
    expect(idsOf(minute)).toContain(id);
    const { body } = await get(`/v1/operations?idPrefix=${id.slice(0, 18)}&userId=42`);
    expect(body).toEqual({ items: [], nextCursor: null });
  });
});

describe('what the gateway knows beside the record', () => {
  it('names the gateway that ran it only to a caller that may decide', async () => {
    const path = `/v1/operations/${(await handOut()).body.id}`;
    const ofThis = expect.stringMatching(new RegExp(`/${process.pid}$`));
    expect((await get(path, { key: OPERATOR_KEY })).body.gateway).toEqual(ofThis);
    expect((await get(path, { key: CHECKOUT_KEY })).body.gateway).toBeNull();
    const [first] = (await get('/v1/operations?limit=1', { key: CHECKOUT_KEY })).body.items;
    expect(first.gateway).toBeNull();
  });

  it('returns when it probes next, and nothing for what no probe can show', async () => {
    await gateway.spid.fault('product_grant', 'reset-before');
    const lost = await gateway.call('PUT', '/v1/users/100003/entitlements/1337', {});
    const path = lost.body.operation;
    let next: string | null = null;
    await until('a probe is planned', async () => (next = (await get(path)).body.nextProbeAt) !== null);
    expect(Date.parse(next ?? '')).toBeGreaterThan(Date.parse((await get(path)).body.sentAt));
    expect((await get(await unknownHandout())).body.nextProbeAt).toBeNull();
  });
});

describe('GET /v1/voucher-handouts/{id}', () => {
  const handoutOf = (id: string, key = CHECKOUT_KEY) => get(`/v1/voucher-handouts/${id}`, { key });

  it('returns a handout as the response to it did', async () => {
    const handout = await handOut();
    const { id, userId, voucherGroupId, handedOut, handedOutAt } = handout.body;
    const { status, body } = await get(handout.headers.get('location') ?? '', { key: CHECKOUT_KEY });
    expect({ status, body }).toEqual({
      status: 200,
      body: { id, userId, voucherGroupId, state: 'handed_out', handedOut, handedOutAt },
    });
  });

  it('returns not_handed_out for a refused one', async () => {
    const refused = await handOut('777');
    const { body } = await handoutOf(refused.body.operation.split('/').at(-1));
    expect(body).toMatchObject({ state: 'not_handed_out', handedOut: false, handedOutAt: null });
  });

  it('returns unknown until a person has decided', async () => {
    const path = await unknownHandout();
    const id = path.split('/').at(-1) ?? '';
    expect((await handoutOf(id)).body).toMatchObject({
      state: 'unknown',
      handedOut: null,
      handedOutAt: null,
    });
    const decided = await gateway.call('POST', `${path}/resolution`, {
      key: OPERATOR_KEY,
      body: { decision: 'executed', reason: 'seen in the console' },
    });
    expect(decided.status).toBe(200);
    expect((await handoutOf(id)).body).toMatchObject({
      state: 'handed_out',
      handedOut: true,
      handedOutAt: null,
    });
  });

  it('returns 404 for other kinds of operations and for handouts of other callers', async () => {
    const grant = await gateway.call('PUT', '/v1/users/42/entitlements/301694', { idempotencyKey: 'other' });
    expect(grant.status).toBe(200);
    const granted = idsOf((await get('/v1/operations?kind=entitlement_grant&limit=1')).body)[0] ?? '';
    const { id } = (await handOut()).body;
    for (const response of [
      await handoutOf(granted, OPERATOR_KEY),
      await handoutOf(id, READ_ONLY_KEY),
      await handoutOf(id, NEIGHBOUR_KEY),
      await handoutOf('none'),
    ]) {
      expect({ status: response.status, type: response.body.type }).toEqual(NOT_FOUND);
    }
    expect((await handoutOf(id, OPERATOR_KEY)).status).toBe(200);
  });
});
