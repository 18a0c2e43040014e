import { decideAll } from '../support/decide.all.js';
import { READ_ONLY_KEY, startGateway, type TestGateway } from '../support/gateway.js';
import { HOSTILE_IDS } from '../support/hostile.ids.js';
import { expectUntouched } from '../support/vendors/untouched.js';

const NO_SUBSCRIPTION = { subscription: null };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(async () => {
  await gateway.spid.clearFaults();
  await gateway.spid.control('DELETE', '/__quirks');
});
afterAll(() => gateway.close());

describe('GET /v1/users/{userId}/entitlements/{productId}', () => {
  it('returns granted: true for a product of the user', async () => {
    const { status, body } = await gateway.call('GET', '/v1/users/42/entitlements/1337');
    expect({ status, body }).toEqual({
      status: 200,
      body: { productId: '1337', granted: true, ...NO_SUBSCRIPTION, asOf: expect.stringMatching(TIME) },
    });
  });

  it('returns 200 with granted: false for a product that the user does not have', async () => {
    const { status, body } = await gateway.call('GET', '/v1/users/938029/entitlements/301694');
    expect({ status, body }).toEqual({
      status: 200,
      body: { productId: '301694', granted: false, ...NO_SUBSCRIPTION, asOf: expect.stringMatching(TIME) },
    });
  });

  it('returns the same when the upstream responds with result: false', async () => {
    await gateway.spid.control('PUT', '/__quirks', { productAccessNone: 'result-false' });
    const { status, body } = await gateway.call('GET', '/v1/users/938029/entitlements/301694');
    expect({ status, body }).toEqual({
      status: 200,
      body: { productId: '301694', granted: false, ...NO_SUBSCRIPTION, asOf: expect.stringMatching(TIME) },
    });
  });

  it('returns the subscription that grants access', async () => {
    const { status, body } = await gateway.call('GET', '/v1/users/100003/entitlements/10013');
    expect(status).toBe(200);
    expect(body).toEqual({
      productId: '10013',
      granted: true,
      subscription: {
        subscriptionId: expect.any(String),
        startsAt: expect.stringMatching(TIME),
        expiresAt: expect.stringMatching(TIME),
        autoRenew: expect.any(Boolean),
        gracePeriodSeconds: expect.any(Number),
      },
      asOf: expect.stringMatching(TIME),
    });
  });

  it('accepts an alias with scope=merchant', async () => {
    const { status, body } = await gateway.call('GET', '/v1/users/42/entitlements/premium?scope=merchant');
    expect(status).toBe(200);
    expect(body.granted).toBe(true);
  });

  it.each(['?scope=everything', '?scope=', '?scope=merchant&scope=merchant', '?filters=merchant'])(
    'refuses the query %s',
    async (query) => {
      await expectUntouched(gateway.spid, async () => {
        const { status, body } = await gateway.call('GET', `/v1/users/42/entitlements/1337${query}`);
        expect({ status, type: body.type }).toEqual({
          status: 400,
          type: '/docs/problems/validation-failed',
        });
        expect(body.errors).toHaveLength(1);
      });
    },
  );
});

describe('GET /v1/users/{userId}/entitlements and /subscriptions', () => {
  it('lists the products of a user', async () => {
    const { status, body } = await gateway.call('GET', '/v1/users/100003/entitlements');
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['items']);
    expect(body.items.map(({ productId }: { productId: string }) => productId)).toEqual(['10111', '10117']);
    expect(body.items[0]).toEqual({
      productId: '10111',
      userProductId: expect.any(String),
      parentProductId: expect.any(String),
      orderId: '674',
      status: 'available',
      upstreamStatus: '3',
      count: expect.any(Number),
      createdAt: expect.stringMatching(TIME),
      updatedAt: expect.stringMatching(TIME),
    });
  });

  it.each(['entitlements', 'entitlements?status=all', 'subscriptions'])(
    'returns an empty list when the upstream responds with an empty map: %s',
    async (path) => {
      const { status, body } = await gateway.call('GET', `/v1/users/938029/${path}`);
      expect({ status, body }).toEqual({ status: 200, body: { items: [] } });
    },
  );

  it.each(['?status=active', '?status=active,expired', '?status=all', '?status=active&status=expired'])(
    'accepts the filter %s',
    async (query) => {
      const { status, body } = await gateway.call('GET', `/v1/users/100003/entitlements${query}`);
      expect(status).toBe(200);
      expect(body.items).toHaveLength(2);
    },
  );

  it.each(['?status=none', '?status=', '?status=active,', '?status=a,b,c,d', '?limit=1'])(
    'refuses the filter %s',
    async (query) => {
      const { status, body } = await gateway.call('GET', `/v1/users/100003/entitlements${query}`);
      expect(status).toBe(400);
      expect(body.errors[0].pointer).toMatch(/^\/query\/(status|limit)$/);
    },
  );

  it('lists the subscriptions of a user', async () => {
    const { status, body } = await gateway.call('GET', '/v1/users/100003/subscriptions');
    expect(status).toBe(200);
    expect(body.items).toHaveLength(1);
    expect(body.items[0]).toMatchObject({
      subscriptionId: expect.any(String),
      productId: '10013',
      status: 'active',
      upstreamStatus: '1',
      startsAt: expect.stringMatching(TIME),
      autoRenew: expect.any(Boolean),
    });
  });
});

describe('a user that does not exist, or is hidden until the e-mail is verified', () => {
  it.each([
    ['GET', '/v1/users/777/entitlements/1337'],
    ['GET', '/v1/users/777/entitlements'],
    ['GET', '/v1/users/777/subscriptions'],
    ['GET', '/v1/users/777001/entitlements'],
    ['PUT', '/v1/users/777/entitlements/1337'],
    ['DELETE', '/v1/users/777001/entitlements/1337'],
  ])('returns 404 user-not-found to %s %s', async (method, path) => {
    const { status, body } = await gateway.call(method, path);
    expect({ status, type: body.type }).toEqual({ status: 404, type: '/docs/problems/user-not-found' });
  });
});

describe('PUT and DELETE /v1/users/{userId}/entitlements/{productId}', () => {
  const path = '/v1/users/938029/entitlements/10117';
  const touched = { userId: '938029', productId: '10117' };

  it('grants and revokes with one effect each, and reads show it', async () => {
    const granted = await gateway.call('PUT', path);
    expect(granted).toMatchObject({
      status: 200,
      body: { productId: '10117', granted: true, ...NO_SUBSCRIPTION },
    });
    expect((await gateway.call('GET', path)).body.granted).toBe(true);
    expect((await gateway.call('GET', '/v1/users/938029/entitlements')).body.items).toHaveLength(1);

    const revoked = await gateway.call('DELETE', path);
    expect(revoked).toMatchObject({
      status: 200,
      body: { productId: '10117', granted: false, ...NO_SUBSCRIPTION },
    });
    expect((await gateway.call('GET', path)).body.granted).toBe(false);

    expect(await gateway.spid.effects('product_grant')).toEqual([expect.objectContaining(touched)]);
    expect(await gateway.spid.effects('product_revoke')).toEqual([expect.objectContaining(touched)]);
  });

  it('returns 404 to PUT for a product that does not exist', async () => {
    const { status, body } = await gateway.call('PUT', '/v1/users/938029/entitlements/999999');
    expect({ status, type: body.type, outcome: body.outcome }).toEqual({
      status: 404,
      type: '/docs/problems/product-not-found',
      outcome: 'not_executed',
    });
  });

  it.each(['digital-content', 'success'])(
    'revokes when the upstream responds with %s',
    async (revokeAnswer) => {
      await gateway.spid.control('PUT', '/__quirks', { revokeAnswer });
      await gateway.call('PUT', path);
      const { status, body } = await gateway.call('DELETE', path);
      expect({ status, granted: body.granted }).toEqual({ status: 200, granted: false });
    },
  );

  it.each([
    ['PUT', 'that the user does not have', '/v1/users/938029/entitlements/10013'],
    ['PUT', 'that the user has', '/v1/users/100003/entitlements/10013'],
    ['DELETE', 'that the user has', '/v1/users/100003/entitlements/10013'],
  ])('returns 422 to %s for a subscription %s: it is sent and refused', async (method, _, rejected) => {
    const { status, body } = await gateway.call(method, rejected);
    expect({ status, type: body.type, outcome: body.outcome }).toEqual({
      status: 422,
      type: '/docs/problems/upstream-rejected',
      outcome: 'not_executed',
    });
  });

  it.each(['PUT', 'DELETE'])('returns 403 to %s of a caller with a read scope only', async (method) => {
    await expectUntouched(gateway.spid, async () => {
      const { status, body } = await gateway.call(method, path, { key: READ_ONLY_KEY });
      expect({ status, type: body.type }).toEqual({ status: 403, type: '/docs/problems/forbidden' });
    });
  });

  it.each(['GET', 'PUT', 'DELETE'])('returns 401 to %s without a key', async (method) => {
    const { status, body } = await gateway.call(method, path, { key: null });
    expect({ status, type: body.type }).toEqual({ status: 401, type: '/docs/problems/unauthenticated' });
  });
});

describe('ids with hostile characters', () => {
  it.each(HOSTILE_IDS)(
    'are refused as user and as product without a call to the upstream: %s',
    async (_, id) => {
      await expectUntouched(gateway.spid, async () => {
        for (const [method, path] of [
          ['GET', `/v1/users/${id}/entitlements/1337`],
          ['GET', `/v1/users/42/entitlements/${id}`],
          ['GET', `/v1/users/${id}/entitlements`],
          ['GET', `/v1/users/${id}/subscriptions`],
          ['PUT', `/v1/users/42/entitlements/${id}`],
          ['DELETE', `/v1/users/${id}/entitlements/1337`],
        ] as const) {
          const { status, body } = await gateway.call(method, path);
          expect({ path, status, type: body.type }).toEqual({
            path,
            status: 400,
            type: '/docs/problems/validation-failed',
          });
        }
      });
    },
  );
});

describe('entitlements while SPiD fails', () => {
  const read = '/v1/users/42/entitlements/1337';
  const write = '/v1/users/938029/entitlements/10111';

  afterEach(() => decideAll(gateway));

  it('report an unknown outcome when the connection breaks before the upstream executes', async () => {
    await gateway.call('GET', read);
    await gateway.spid.fault('product_grant', 'reset-before');
    const { status, body } = await gateway.call('PUT', write);
    expect({ status, type: body.type, outcome: body.outcome }).toEqual({
      status: 504,
      type: '/docs/problems/outcome-unknown',
      outcome: 'unknown',
    });
    expect((await gateway.call('GET', write)).body.granted).toBe(false);
  });

  it.each([
    ['PUT', 'product_grant', 'reset-after', true],
    ['DELETE', 'product_revoke', 'reset-after', false],
    ['PUT', 'product_grant', 'garbled', true],
    ['DELETE', 'product_revoke', 'truncated', false],
    ['PUT', 'product_grant', 'status-500', undefined],
  ])(
    'report an unknown outcome after %s with %s %s, and send it once',
    async (method, operation, kind, held) => {
      if (method === 'DELETE') await gateway.call('PUT', write);
      const before = await gateway.spid.effects(operation);
      await gateway.spid.fault(operation, kind);
      const { status, body } = await gateway.call(method, write);
      expect({ status, type: body.type, outcome: body.outcome }).toEqual({
        status: 504,
        type: '/docs/problems/outcome-unknown',
        outcome: 'unknown',
      });
      const executed = held === undefined ? 0 : 1;
      expect(await gateway.spid.effects(operation)).toHaveLength(before.length + executed);
      if (held !== undefined) expect((await gateway.call('GET', write)).body.granted).toBe(held);
    },
  );

  it('return 503 with Retry-After for a 420 of the upstream', async () => {
    await gateway.spid.fault('product_get', 'status-420');
    const checked = await gateway.call('GET', read);
    await gateway.spid.fault('product_grant', 'status-420');
    const granted = await gateway.call('PUT', write);
    for (const { status, body, headers } of [checked, granted]) {
      expect({ status, type: body.type }).toEqual({ status: 503, type: '/docs/problems/upstream-throttled' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(body.retryAfterSeconds).toBe(Number(headers.get('retry-after')));
    }
    expect(granted.body.outcome).toBe('not_executed');
    expect(checked.body.outcome).toBeUndefined();
  });

  it.each(['entitlements/1337', 'entitlements', 'subscriptions'])(
    'return 502 upstream-garbled to GET %s when the response cannot be parsed',
    async (path) => {
      await gateway.spid.fault('*', 'garbled');
      const { status, body } = await gateway.call('GET', `/v1/users/100003/${path}`);
      expect({ status, type: body.type }).toEqual({ status: 502, type: '/docs/problems/upstream-garbled' });
    },
  );

  it('retry a read whose connection broke', async () => {
    await gateway.spid.fault('product_get', 'reset-before');
    expect((await gateway.call('GET', read)).body.granted).toBe(true);
  });

  it.each([
    ['reset-before', 'The upstream did not send a whole response in time.'],
    ['truncated', 'The upstream did not send a whole response in time.'],
    ['status-500', 'The upstream failed (status 500).'],
    ['status-503', 'The upstream failed (status 503).'],
  ])('return 503 upstream-unavailable for a read that fails twice by %s', async (kind, detail) => {
    await gateway.spid.fault('product_get', kind, 2);
    const { status, body } = await gateway.call('GET', read);
    expect({ status, ...body }).toMatchObject({
      status: 503,
      type: '/docs/problems/upstream-unavailable',
      title: 'The upstream is not available',
      detail,
    });
  });

  it('report not_executed when nothing could be sent', async () => {
    const lonely = await startGateway();
    try {
      await lonely.spid.fault('token', 'status-500', 2);
      expect((await lonely.call('PUT', write)).body).toMatchObject({
        type: '/docs/problems/upstream-unavailable',
        detail: 'The upstream failed (status 500) when the gateway signed in; nothing was sent.',
        outcome: 'not_executed',
      });
      await lonely.spid.close();
      for (const method of ['PUT', 'DELETE']) {
        const { status, body } = await lonely.call(method, write);
        expect({ status, type: body.type, detail: body.detail, outcome: body.outcome }).toEqual({
          status: 503,
          type: '/docs/problems/upstream-unavailable',
          detail: 'The upstream could not be reached; nothing was sent.',
          outcome: 'not_executed',
        });
      }
      const { status, body } = await lonely.call('GET', read);
      expect({ status, type: body.type }).toEqual({
        status: 503,
        type: '/docs/problems/upstream-unavailable',
      });
    } finally {
      await lonely.close();
    }
  });
});
