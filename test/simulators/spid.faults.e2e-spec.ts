import { plain, SpidCaller } from './spid.caller.js';

let spid: SpidCaller;
beforeEach(async () => {
  spid = await SpidCaller.start();
});
afterEach(() => spid.close());

const form = { userId: '42', voucherGroupId: '324673248' };
const handOut = () => spid.post('/voucher_handout', form);

async function fault(operation: string, kind: string, more: object = {}): Promise<void> {
  const { status } = await spid.control('POST', '/__faults', { operation, kind, times: 1, ...more });
  expect(status).toBe(204);
}

describe('a fault', () => {
  it.each(['reset-before', 'status-500', 'status-503'])('of kind %s prevents the effect', async (kind) => {
    await fault('voucher_handout', kind);
    await handOut().catch(() => undefined);

    expect(await spid.effects()).toEqual([]);
  });

  it.each(['reset-after', 'garbled', 'truncated'])('of kind %s executes the effect', async (kind) => {
    await fault('voucher_handout', kind);
    const response = await handOut().then(
      ({ body }) => body,
      () => undefined,
    );

    expect(response).toBeUndefined();
    expect(await spid.effects()).toHaveLength(1);
  });

  it('that hangs executes the effect and never responds', async () => {
    await fault('voucher_handout', 'hang-after');
    const given = new AbortController();
    const url = `/api/2/voucher_handout?oauth_token=${spid.token}`;
    const hanging = spid.raw('POST', url, { body: new URLSearchParams(form), signal: given.signal });
    while ((await spid.effects()).length === 0);
    given.abort();

    await expect(hanging).rejects.toThrow(/abort/i);
  });

  it('of kind latency delays a complete response', async () => {
    await fault('voucher_handout', 'latency', { ms: 1 });

    expect((await handOut()).body.data).toEqual({ success: true });
  });

  it.each([
    [401, { error: 'invalid_token', error_code: 401 }],
    [
      420,
      { request: { limit: 1, remaining: 0, reset: 1 }, error: { description: 'Request Ratelimit exceeded' } },
    ],
    [503, { code: 503, type: 'error', error: { code: 503, description: 'Service Unavailable' }, data: null }],
  ])('of status %i returns the error of the vendor', async (status, body) => {
    await fault('product_get', `status-${status}`);
    const reply = await spid.get('/user/42/product/1337');

    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject(body);
    expect((await spid.get('/user/42/product/1337')).status).toBe(200);
  });

  it('applies only to a call that passes the checks', async () => {
    await fault('product_get', 'status-503');

    expect((await spid.get('/user/42/product/1337', 'unknown')).status).toBe(401);
    expect((await spid.get('/user/42/product/1337')).status).toBe(503);
  });

  it('of the token endpoint issues a token only after its effect', async () => {
    await fault('token', 'reset-before');
    await expect(spid.tokenOf(plain)).rejects.toThrow();
    await fault('token', 'garbled');

    expect((await spid.oauth({ grant_type: 'client_credentials' }, plain)).text).toMatch(/^<html>/);
    expect(await spid.effects()).toEqual([]);
  });

  it('of any operation applies to the next call, and can be removed', async () => {
    await fault('*', 'status-500', { times: 9 });
    expect((await spid.get('/vouchers/groups')).status).toBe(500);
    expect((await spid.post('/injectable/import')).status).toBe(500);
    expect((await spid.control('DELETE', '/__faults')).status).toBe(204);

    expect((await spid.get('/vouchers/groups')).status).toBe(200);
  });

  it.each([
    [{ operation: 'unheard_of', kind: 'garbled', times: 1 }],
    [{ operation: 'token', kind: 'status-100', times: 1 }],
    [{ operation: 'token', kind: 'garbled', times: 0 }],
  ])('is refused when it is %j', async (wrong) => {
    expect((await spid.control('POST', '/__faults', wrong)).status).toBe(400);
  });

  it.each([
    'product_get product_grant product_revoke products_list subscriptions_list voucher_handout vouchers_handout',
    'vouchers_generate voucher_groups_list voucher_group_get voucher_group_create voucher_group_update voucher_get',
    'injectable_import injectable_names token *',
  ])('can be assigned to %s', async (names) => {
    for (const operation of names.split(' ')) await fault(operation, 'garbled');
  });
});

describe('imported tokens', () => {
  it('are recorded by name and count, never by value', async () => {
    const content = '[123,"secret-token","1as"]';
    const { status, body } = await spid.post('/injectable/import', { tokenName: 'summer', content });
    const names = await spid.get('/injectable/names');
    const effects = await spid.effects();

    expect(status).toBe(200);
    expect(body.object).toBe('Injectable');
    expect(names.body.data).toEqual(['summer']);
    expect(effects).toMatchObject([{ operation: 'injectable_import', tokenName: 'summer', count: 3 }]);
    expect(JSON.stringify(effects)).not.toContain('secret-token');
  });

  it.each<Record<string, string>>([
    {},
    { tokenName: 'summer' },
    { tokenName: 'summer', content: '' },
    { content: '[1]' },
    { tokenName: 'summer', content: '{"a":1}' },
    { tokenName: 'summer', content: '[1' },
  ])('are refused as %j', async (wrong) => {
    const { status, body } = await spid.post('/injectable/import', wrong);

    expect(status).toBe(400);
    expect(body).toMatchObject({ type: 'error', error: { code: 400, type: 'ApiException' } });
    expect((await spid.get('/injectable/names')).body.data).toEqual([]);
    expect(await spid.effects()).toEqual([]);
  });

  it('may be many, up to the body limit', async () => {
    const big = JSON.stringify(Array.from({ length: 100_000 }, (_, at) => `token-${at}`));
    const fits = await spid.post('/injectable/import', { tokenName: 'big', content: big });
    const tooBig = await spid
      .post('/injectable/import', { tokenName: 'bigger', content: JSON.stringify(['x'.repeat(9_000_000)]) })
      .catch(() => undefined);

    expect(fits.status).toBe(200);
    expect(tooBig?.status ?? 413).toBe(413);
    expect(await spid.effects()).toMatchObject([{ tokenName: 'big', count: 100_000 }]);
  });
});

describe('the list of endpoints', () => {
  it('describes every endpoint in the published form', async () => {
    const { body } = await spid.get('/endpoints');

    expect(body).toMatchObject({ object: 'Utility', type: 'collection' });
    expect(body.data).toHaveLength(17);
    for (const each of body.data) {
      expect(each).toEqual({
        path: expect.any(String),
        valid_output_formats: ['json', 'jsonp'],
        method: expect.any(String),
        name: expect.stringMatching(/^[A-Z]\w+:\w+$/),
        httpMethods: expect.any(Object),
        url: expect.stringMatching(/^\/api\/2\//),
        pathParameters: expect.any(Array),
        controller: expect.stringMatching(/^Api\/2\/\w+\.\w+$/),
        default_output_format: 'json',
        description: expect.stringMatching(/^[A-Z].*\w\)?$/),
      });
    }
    expect(body.data[0]).toMatchObject({ name: 'Digitalcontents:user_product', method: '*' });
    expect(body.data.find((each: { path: string }) => each.path === 'endpoints')).toMatchObject({
      name: 'Utility:endpoints',
      method: 'GET',
      description: 'List all api endpoints, or get info on single endpoint (specify name or url)',
    });
  });

  it.each([
    ['/user/{id}/product/{product_id}', 'user/{userId}/product/{productId}', ['userId', 'productId']],
    [
      '/user/{id}/subscription/{<\\d+>subscription_id}',
      'user/{userId}/subscription/{subscriptionId}',
      ['userId', 'subscriptionId'],
    ],
    ['/vouchers/group/{id}', 'vouchers/group/{voucherGroupId}', ['voucherGroupId']],
    ['/voucher/{code}', 'voucher/{voucherCode}', ['voucherCode']],
    ['/product/{id}', 'product/{id}', ['id']],
    ['/voucher_handout', 'voucher_handout', []],
  ])('names the parameters of %s as documented', async (route, path, pathParameters) => {
    const url = `/api/2${route}`;
    const { body } = await spid.get(`/endpoints?url=${encodeURIComponent(url)}`);

    expect(body.data).toMatchObject([{ url, path, pathParameters }]);
  });

  it('finds one by name or url', async () => {
    const url = '/api/2/user/{id}/product/{product_id}';
    const byName = await spid.get('/endpoints?name=Utility:endpoints');
    const byRoute = await spid.get('/endpoints?name=List+API+endpoints');
    const byUrl = await spid.get(`/endpoints?url=${encodeURIComponent(url)}`);

    expect(byName.body.data).toMatchObject([{ path: 'endpoints', method: 'GET' }]);
    expect(byRoute.body.data).toEqual(byName.body.data);
    expect(byUrl.body.data).toMatchObject([{ url }]);
    expect(Object.keys(byUrl.body.data[0].httpMethods)).toEqual(['GET', 'POST', 'DELETE']);
  });

  it.each(['name', 'url'])('refuses a %s that matches nothing', async (parameter) => {
    const { status, body } = await spid.get(`/endpoints?${parameter}=x`);

    expect(status).toBe(400);
    expect(body.error.description).toBe(`${parameter} parameter did not match any endpoints`);
  });
});
