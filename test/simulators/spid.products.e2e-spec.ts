import { SpidCaller } from './spid.caller.js';

let spid: SpidCaller;
beforeEach(async () => {
  spid = await SpidCaller.start();
});
afterEach(() => spid.close());

const started = '2026-07-01 12:00:00';
const noAccess = 'No access to that product.';

describe('reading access to a product', () => {
  it('returns true for a product that the user has', async () => {
    const { status, body } = await spid.get('/user/42/product/1337');

    expect(status).toBe(200);
    expect(body.data).toEqual({ productId: '1337', result: true });
  });

  it('includes the terms of a subscription', async () => {
    const { body } = await spid.get('/user/100003/product/10013');

    expect(body.data).toEqual({
      productId: '10013',
      result: true,
      subscriptionId: '158240',
      startDate: '2026-06-01 12:00:00',
      expires: '2027-07-01 12:00:00',
      autoRenew: '1',
      gracePeriod: '777600',
    });
  });

  it.each([
    ['a product that the user lacks', '938029/product/1337'],
    ['an unknown product', '42/product/999999'],
    ['an alias without the filter', '42/product/premium'],
    ['another alias', '42/product/basic?filters=merchant'],
    ['a subscription at another client', '938029/product/10013'],
  ])('is 404 with the exact text for %s', async (_, rest) => {
    const { status, body } = await spid.get(`/user/${rest}`);

    expect(status).toBe(404);
    expect(body).toMatchObject({ type: 'error', data: null, error: { code: 404, description: noAccess } });
  });

  it('is 200 with a false result when the quirk is set', async () => {
    await spid.control('PUT', '/__quirks', { productAccessNone: 'result-false' });
    const { status, body } = await spid.get('/user/938029/product/1337');

    expect(status).toBe(200);
    expect(body.data).toEqual({ productId: '1337', result: false });
  });

  it('accepts an alias with the merchant filter', async () => {
    const { body } = await spid.get('/user/42/product/premium?filters=merchant');

    expect(body.data).toEqual({ productId: '1337', result: true });
  });

  it('ends with the subscription', async () => {
    spid.clock += 366 * 86_400_000;
    spid.token = await spid.tokenOf({ id: '4e8463569caf7ca019000007', secret: 'foobar' });

    expect((await spid.get('/user/100003/product/10013')).body.error.description).toBe(noAccess);
  });
});

describe('the user of a call', () => {
  it('is found by number and by UUID', async () => {
    const { body } = await spid.get('/user/00000000-0000-4000-8000-000000000042/product/1337');

    expect(body.data.result).toBe(true);
    expect(body.debug.params).toMatchObject({ where: { id: '00000000-0000-4000-8000-000000000042' } });
  });

  it.each(['000000000000000000000042', '43', 'x'])('is unknown as %s', async (id) => {
    const { status, body } = await spid.get(`/user/${id}/products`);

    expect(status).toBe(404);
    expect(body.error.description).toBe('User not found');
  });

  it.each(['product/1337', 'products', 'subscriptions'])(
    'is not accessible before verification: %s',
    async (rest) => {
      const { status, body } = await spid.get(`/user/777001/${rest}`);

      expect(status).toBe(403);
      expect(body.error.description).toBe('Token is not authorized to access this user.');
      await spid.control('PUT', '/__quirks', { userVerification: 'none' });
      expect((await spid.get(`/user/42/${rest}`)).status).toBe(403);
    },
  );
});

describe('granting and revoking', () => {
  it('counts grants and clears the count on revocation', async () => {
    const granted = await spid.post('/user/938029/product/301694');
    await spid.post('/user/938029/product/301694');
    const listed = await spid.get('/user/938029/products');
    spid.clock += 60_000;
    const revoked = await spid.delete('/user/938029/product/301694');
    const content = listed.body.data['301694'];

    expect(granted.body).toMatchObject({ type: 'element', code: 200, meta: null });
    expect(granted.body.data).toEqual({ productId: '301694', result: true });
    expect(content).toEqual({
      userProductId: expect.stringMatching(/^\d+$/),
      productId: '301694',
      parentProductId: '301694',
      clientId: '4e8463569caf7ca019000007',
      userId: '938029',
      orderId: '0',
      status: '3',
      count: '2',
      updated: started,
      created: started,
      bundleId: '0',
      statusMsg: 'Available',
    });
    const { statusMsg: _, ...withoutText } = content;
    const updated = '2026-07-01 12:01:00';
    expect(revoked.body.data).toEqual({ ...withoutText, status: '-1', count: '0', updated });
    expect((await spid.get('/user/938029/product/301694')).status).toBe(404);
    expect(await spid.effects()).toMatchObject([
      { seq: 1, operation: 'product_grant', userId: '938029', productId: '301694' },
      { seq: 2, operation: 'product_grant', userId: '938029', productId: '301694' },
      { seq: 3, operation: 'product_revoke', userId: '938029', productId: '301694' },
    ]);
  });

  it('grants again what was revoked', async () => {
    await spid.delete('/user/42/product/1337');
    await spid.post('/user/42/product/1337');

    expect((await spid.get('/user/42/products')).body.data['1337']).toMatchObject({
      status: '3',
      count: '1',
    });
  });

  it('returns the documented flag for a revocation when the quirk is set', async () => {
    await spid.control('PUT', '/__quirks', { revokeAnswer: 'success' });

    expect((await spid.delete('/user/42/product/1337')).body.data).toEqual({ success: true });
  });

  it.each([
    ['POST', '/user/42/product/999999', 404, 'Product not found'],
    ['POST', '/user/42/product/premium', 404, 'Product not found'],
    ['POST', '/user/42/product/10013', 400, 'Was not able to grant access'],
    ['POST', '/user/43/product/1337', 404, 'User not found'],
    ['DELETE', '/user/42/product/999999', 404, 'Product not found'],
    ['DELETE', '/user/938029/product/1337', 400, 'Was not able to remove access'],
    ['DELETE', '/user/100003/product/10013', 400, 'Was not able to remove access'],
  ])('refuses %s %s without an effect', async (method, path, code, description) => {
    const { status, body } = await (method === 'POST' ? spid.post(path) : spid.delete(path));

    expect(status).toBe(code);
    expect(body.error).toEqual({ code, type: 'ApiException', description });
    expect(await spid.effects()).toEqual([]);
  });
});

describe('the list of products', () => {
  it.each([
    ['', ['10111']],
    ['?filters=active', ['10111']],
    ['?filters=expired', ['10117']],
    ['?filters=all', ['10111', '10117']],
    ['?filters=active,expired', ['10111', '10117']],
    ['?filters[]=active&filters[]=expired', ['10111', '10117']],
    ['?filters=none', []],
    ['?filters=unheard-of', ['10111']],
  ])('with %j holds %j', async (query, ids) => {
    await spid.delete('/user/100003/product/10117');
    const { body } = await spid.get(`/user/100003/products${query}`);

    expect(Object.keys(body.data)).toEqual(ids);
    expect(body.meta).toEqual({ count: ids.length, offset: 0 });
  });

  it('is an empty array when the map is empty', async () => {
    const { status, body } = await spid.get('/user/938029/products');

    expect(status).toBe(200);
    expect(body).toMatchObject({ type: 'collection', meta: { count: 0, offset: 0 }, data: [] });
  });
});

describe('subscriptions', () => {
  it('are a map with the product embedded', async () => {
    const { body } = await spid.get('/user/100003/subscriptions');
    const { product, ...subscription } = body.data['158240'];

    expect(Object.keys(subscription).toSorted()).toEqual(
      (
        'autoRenew autoRenewDisabled autoRenewLockPeriod chargeLastRetry chargeRetryCount clientId created currency ' +
        'emailReceiptCount expires finalEndDate gracePeriod identifierId orderId originalPurchaseDate ' +
        'parentProductId productId renewPeriod renewPrice startDate status statusChangeCode statusChangeDate ' +
        'statusMsg subscriptionId updated userId'
      ).split(' '),
    );
    expect(subscription).toMatchObject({
      productId: '10013',
      status: '1',
      statusMsg: 'Active',
      autoRenew: '1',
    });
    expect(product).toMatchObject({ productId: '10013', type: '2', name: 'Plus månadsprenumeration' });
    expect(product).not.toHaveProperty('hideItems');
  });

  it('of other clients are not listed', async () => {
    expect((await spid.get('/user/938029/subscriptions')).body.data).toEqual([]);
  });

  it('can be read one by one', async () => {
    const { body } = await spid.get('/user/100003/subscription/158240');

    expect(body).toMatchObject({ object: 'Subscriptions', type: 'element', meta: null });
    expect(body.data.subscriptionId).toBe('158240');
  });

  it('are 404 when unknown, or 200 with an empty array', async () => {
    const documented = await spid.get('/user/100003/subscription/158241');
    await spid.control('PUT', '/__quirks', { subscriptionUnknown: 'empty-array' });
    const recorded = await spid.get('/user/100003/subscription/158241');

    expect(documented.status).toBe(404);
    expect(documented.body.error.description).toBe('No such subscription');
    expect(recorded.status).toBe(200);
    expect(recorded.body.data).toEqual([]);
  });
});

describe('a product', () => {
  it('has all fields of the recording, nulls included', async () => {
    const { body } = await spid.get('/product/301694');

    expect(body).toMatchObject({ object: 'Product', type: 'element', code: 200 });
    expect(Object.keys(body.data)).toHaveLength(39);
    expect(body.data).toMatchObject({
      productId: '301694',
      parentProductId: '301694',
      type: '1',
      vat: '2500',
      hideItems: '0',
      autopay: '0',
      bundle: '0',
      saleStart: null,
      purchaseUri: expect.stringContaining(
        'client_id=4e8463569caf7ca019000007&flow=payment&product_id=301694',
      ),
    });
  });

  it.each([
    ['/product/1', 404, 'Product not found'],
    ['/product/', 400, 'Missing required parameter productId'],
  ])('is refused at %s', async (path, status, description) => {
    const reply = await spid.get(path);

    expect(reply.status).toBe(status);
    expect(reply.body.error.description).toBe(description);
  });
});
