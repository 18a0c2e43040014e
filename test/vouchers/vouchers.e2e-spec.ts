import { READ_ONLY_KEY, startGateway, type TestGateway } from '../support/gateway.js';
import { expectUntouched } from '../support/vendors/untouched.js';

const GROUP = '324673248';
/** Belongs to another client of SPiD, so it is not found. */
const FOREIGN_GROUP = '324673249';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

let gateway: TestGateway;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const post = (path: string, body: unknown) =>
  gateway.call('POST', `/v1${path}`, { idempotencyKey: `vouchers-${++keys}`, body });

/** Creates a group with `amount` free vouchers; returns its id. */
async function groupWith(amount: number, title = `Group ${++keys}`): Promise<string> {
  const { body } = await post('/voucher-groups', { title, type: 'payment', unique: true });
  if (amount > 0) await post(`/voucher-groups/${body.id}/vouchers`, { amount });
  return body.id;
}

async function codesOf(groupId: string, amount: number): Promise<string[]> {
  const { body } = await post(`/voucher-groups/${groupId}/codes`, { amount });
  return body.items.map(({ code }: { code: string }) => code);
}

describe('POST /v1/voucher-handouts', () => {
  it('assigns one voucher to the user and returns no code', async () => {
    const before = await gateway.spid.effects('voucher_handout');
    const { status, body } = await post('/voucher-handouts', { userId: '938029', voucherGroupId: GROUP });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(UUID),
        userId: '938029',
        voucherGroupId: GROUP,
        handedOut: true,
        handedOutAt: expect.stringMatching(TIME),
      },
    });
    const effects = (await gateway.spid.effects('voucher_handout')).slice(before.length);
    expect(effects).toEqual([expect.objectContaining({ userId: '938029', voucherGroupId: GROUP })]);
  });

  it.each([
    ['user-not-found', { userId: '777', voucherGroupId: GROUP }],
    ['voucher-group-not-found', { userId: '938029', voucherGroupId: '1' }],
    ['voucher-group-not-found', { userId: '938029', voucherGroupId: FOREIGN_GROUP }],
  ])('returns 404 %s to %j', async (slug, body) => {
    const { status, body: problem } = await post('/voucher-handouts', body);
    expect({ status, type: problem.type, outcome: problem.outcome }).toEqual({
      status: 404,
      type: `/docs/problems/${slug}`,
      outcome: 'not_executed',
    });
  });

  it('returns 409 voucher-unavailable when the group has none left', async () => {
    const voucherGroupId = await groupWith(1);
    expect((await post('/voucher-handouts', { userId: '42', voucherGroupId })).status).toBe(201);
    const { status, body } = await post('/voucher-handouts', { userId: '42', voucherGroupId });
    expect({ status, type: body.type, outcome: body.outcome }).toEqual({
      status: 409,
      type: '/docs/problems/voucher-unavailable',
      outcome: 'not_executed',
    });
    const effects = await gateway.spid.effects('voucher_handout');
    expect(effects.filter((effect) => effect['voucherGroupId'] === voucherGroupId)).toHaveLength(1);
  });
});

describe('/v1/voucher-groups', () => {
  it('creates a group, returns its Location, and reads it back', async () => {
    const group = {
      title: 'Spring campaign',
      type: 'campaign',
      description: 'One month free',
      unique: true,
      limit: 5,
    };
    const { status, body, headers } = await post('/voucher-groups', group);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^\d+$/),
      ...group,
      upstreamType: '5',
      campaignId: null,
      productId: null,
      generatedVouchers: null,
      availableVouchers: null,
      createdAt: expect.stringMatching(TIME),
      updatedAt: expect.stringMatching(TIME),
    });
    const location = headers.get('location') ?? '';
    expect(location).toBe(`/v1/voucher-groups/${body.id}`);
    const read = await gateway.call('GET', location);
    expect(read.body).toEqual({ ...body, generatedVouchers: 0, availableVouchers: 0 });
  });

  it('returns the number of generated and of free vouchers', async () => {
    const id = await groupWith(3);
    await codesOf(id, 1);
    const { body } = await gateway.call('GET', `/v1/voucher-groups/${id}`);
    expect(body).toMatchObject({ id, generatedVouchers: 3, availableVouchers: 2 });
  });

  it('changes only the fields in the request', async () => {
    const id = await groupWith(0, 'Before');
    const { status, body } = await gateway.call('PATCH', `/v1/voucher-groups/${id}`, {
      body: { description: 'Two months free' },
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { id, title: 'Before', description: 'Two months free' },
    });
  });

  it('searches groups by title, page by page', async () => {
    const ids = [await groupWith(0, 'Twins'), await groupWith(0, 'Twins')];
    const found = await gateway.call('GET', '/v1/voucher-groups?title=Twins');
    expect(found.status).toBe(200);
    expect(idsOf(found.body)).toEqual(ids);
    const second = await gateway.call('GET', '/v1/voucher-groups?title=Twins&limit=1&offset=1');
    expect(idsOf(second.body)).toEqual([ids[1]]);
    const none = await gateway.call('GET', '/v1/voucher-groups?title=Nobody');
    expect({ status: none.status, body: none.body }).toEqual({
      status: 200,
      body: { items: [], nextCursor: null },
    });
  });

  it('follows the cursors of a search to its end', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 4; made += 1) ids.push(await groupWith(0, 'Quads'));
    const first = await gateway.call('GET', '/v1/voucher-groups?title=Quads&limit=3');
    expect(idsOf(first.body)).toEqual(ids.slice(0, 3));
    const second = await next(first.body, 'limit=2&offset=0');
    expect({ ids: idsOf(second.body), cursor: second.body.nextCursor }).toEqual({
      ids: ids.slice(3),
      cursor: null,
    });
    const skipped = await gateway.call('GET', '/v1/voucher-groups?title=Quads&limit=2&offset=1');
    const full = await next(skipped.body, 'limit=1');
    expect(idsOf(full.body)).toEqual(ids.slice(3));
    const end = await next(full.body, 'limit=1');
    expect(end.body).toEqual({ items: [], nextCursor: null });
  });

  const next = ({ nextCursor }: { nextCursor: string }, query: string) =>
    gateway.call('GET', `/v1/voucher-groups?title=Quads&${query}&cursor=${nextCursor}`);

  it('searches groups by type, campaign and product', async () => {
    const { body: made } = await post('/voucher-groups', {
      title: 'Giveaway',
      type: 'giveaway',
      unique: true,
      campaignId: '512',
      productId: '1337',
    });
    const found = await gateway.call('GET', '/v1/voucher-groups?type=giveaway&campaignId=512&productId=1337');
    expect(idsOf(found.body)).toEqual([made.id]);
  });

  it.each(['GET', 'PATCH'])('returns 404 to %s of a group that does not exist', async (method) => {
    const options = method === 'PATCH' ? { body: { title: 'New' } } : {};
    const { status, body } = await gateway.call(method, '/v1/voucher-groups/1', options);
    expect({ status, type: body.type }).toEqual({
      status: 404,
      type: '/docs/problems/voucher-group-not-found',
    });
  });

  const idsOf = (list: { items: { id: string }[] }) => list.items.map(({ id }) => id);
});

describe('POST /v1/voucher-groups/{id}/vouchers and /codes', () => {
  it('generates the requested number of vouchers in one call', async () => {
    const id = await groupWith(0);
    const { status, body } = await post(`/voucher-groups/${id}/vouchers`, { amount: 7 });
    expect({ status, body }).toEqual({ status: 201, body: { voucherGroupId: id, generated: 7 } });
    const effects = await gateway.spid.effects('vouchers_generate');
    expect(effects.filter((effect) => effect['voucherGroupId'] === id)).toHaveLength(1);
  });

  it('draws each code only once', async () => {
    const id = await groupWith(4);
    const first = await post(`/voucher-groups/${id}/codes`, { amount: 2 });
    expect(first.status).toBe(201);
    expect(first.body.items[0]).toEqual({
      id: expect.any(String),
      code: expect.any(String),
      voucherGroupId: id,
      type: 'payment',
      upstreamType: '8',
      createdAt: expect.stringMatching(TIME),
    });
    const codes = [...first.body.items.map(({ code }: { code: string }) => code), ...(await codesOf(id, 2))];
    expect(new Set(codes).size).toBe(4);
  });

  it('draws all or none', async () => {
    const id = await groupWith(2);
    const { status, body } = await post(`/voucher-groups/${id}/codes`, { amount: 3 });
    expect({ status, type: body.type, outcome: body.outcome }).toEqual({
      status: 409,
      type: '/docs/problems/voucher-unavailable',
      outcome: 'not_executed',
    });
    expect((await gateway.call('GET', `/v1/voucher-groups/${id}`)).body.availableVouchers).toBe(2);
  });

  it.each(['vouchers', 'codes'])('returns 404 for the %s of a group that does not exist', async (what) => {
    const { status, body } = await post(`/voucher-groups/1/${what}`, { amount: 1 });
    expect({ status, type: body.type }).toEqual({
      status: 404,
      type: '/docs/problems/voucher-group-not-found',
    });
  });
});

describe('GET /v1/vouchers/{code}', () => {
  it('returns a drawn voucher with its group', async () => {
    const id = await groupWith(1, 'Looked up');
    const [code] = await codesOf(id, 1);
    const { status, body } = await gateway.call('GET', `/v1/vouchers/${code}`);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id: expect.any(String),
        code,
        voucherGroupId: id,
        status: 'handed_out',
        upstreamStatus: '1',
        type: 'payment',
        upstreamType: '8',
        userId: null,
        handedOutAt: expect.stringMatching(TIME),
        createdAt: expect.stringMatching(TIME),
        updatedAt: expect.stringMatching(TIME),
        group: expect.objectContaining({ id, title: 'Looked up' }),
      },
    });
  });

  it('returns 404 for a code that does not exist', async () => {
    const { status, body } = await gateway.call('GET', '/v1/vouchers/64-NONE-NONE');
    expect({ status, type: body.type }).toEqual({ status: 404, type: '/docs/problems/voucher-not-found' });
  });
});

describe('writes of vouchers', () => {
  const handout = { userId: '42', voucherGroupId: GROUP };
  const writes: [string, string, unknown][] = [
    ['POST', '/v1/voucher-handouts', handout],
    ['POST', '/v1/voucher-groups', { title: 'Mine', type: 'payment' }],
    ['PATCH', `/v1/voucher-groups/${GROUP}`, { title: 'Mine' }],
    ['POST', `/v1/voucher-groups/${GROUP}/vouchers`, { amount: 1 }],
    ['POST', `/v1/voucher-groups/${GROUP}/codes`, { amount: 1 }],
  ];

  it.each(writes)('return 403 to %s %s of a caller with a read scope only', async (method, path, body) => {
    await expectUntouched(gateway.spid, async () => {
      const response = await gateway.call(method, path, {
        key: READ_ONLY_KEY,
        idempotencyKey: 'denied',
        body,
      });
      expect({ status: response.status, type: response.body.type }).toEqual({
        status: 403,
        type: '/docs/problems/forbidden',
      });
    });
  });

  it.each(writes.filter(([method]) => method === 'POST'))(
    'require an Idempotency-Key on %s %s',
    async (method, path, body) => {
      await expectUntouched(gateway.spid, async () => {
        const response = await gateway.call(method, path, { body });
        expect({ status: response.status, type: response.body.type, outcome: response.body.outcome }).toEqual(
          {
            status: 400,
            type: '/docs/problems/idempotency-key-missing',
            outcome: 'not_executed',
          },
        );
      });
    },
  );
});
