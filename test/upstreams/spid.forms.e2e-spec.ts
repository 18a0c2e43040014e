import { startGateway, type TestGateway } from '../support/gateway.js';

describe('the recorded forms of SPiD responses', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  afterEach(() => gateway.spid.control('DELETE', '/__quirks'));

  const get = (path: string) => gateway.call('GET', path);

  it.each([
    {},
    { tokenType: 'present' },
    { tokenKind: 'jwt' },
    { signedResponses: 'every-client' },
    { tokenKind: 'jwt', signedResponses: 'every-client' },
    { unknownScope: 'refused' },
    { subscriptionForm: 'recorded' },
    { subscriptionForm: 'documented' },
    { platformForm: '2016' },
  ])('make no difference to callers: %j', async (quirks) => {
    await gateway.spid.control('PUT', '/__quirks', quirks);
    await gateway.spid.control('POST', '/__tokens/revoke');
    const check = await get('/v1/users/42/entitlements/1337');
    const subscriptions = await get('/v1/users/100003/subscriptions');
    const groups = await get('/v1/voucher-groups');

    expect([check.status, check.body.granted]).toEqual([200, true]);
    expect(subscriptions.status).toBe(200);
    expect(subscriptions.body.items).toMatchObject([{ subscriptionId: '158240', productId: '10013' }]);
    expect(groups.body.items).toMatchObject([{ id: '324673248' }]);
  });

  it('refuse an import without tokens where the vendor refuses an empty content', async () => {
    const body = { tokenName: 'newsletter', tokens: [] };
    const { status } = await gateway.call('POST', '/v1/token-imports', { idempotencyKey: 'none', body });

    expect(status).toBe(400);
    expect(await gateway.spid.effects('injectable_import')).toEqual([]);
  });
});
