import { plain, signatureSecret, signed, SpidCaller } from './spid.caller.js';
import { createHmac } from 'node:crypto';

let spid: SpidCaller;
beforeEach(async () => {
  spid = await SpidCaller.start();
});
afterEach(() => spid.close());

const choose = (quirks: object) => spid.control('PUT', '/__quirks', quirks);
const token = async (client: { id: string; secret: string }, form: Record<string, string> = {}) =>
  spid.oauth({ grant_type: 'client_credentials', ...form }, client);

describe('quirks of tokens', () => {
  it('add token_type to an opaque token, as in newer recordings', async () => {
    expect((await token(plain)).body).not.toHaveProperty('token_type');
    await choose({ tokenType: 'present' });
    expect((await token(plain)).body).toMatchObject({ scope: null, user_id: false, token_type: 'Bearer' });
  });

  it('give every client the same kind of token', async () => {
    await choose({ tokenKind: 'jwt' });
    const jwt = (await token(plain)).body;
    await choose({ tokenKind: 'opaque' });
    const opaque = (await token(signed)).body;

    expect(jwt).toMatchObject({ access_token: expect.stringMatching(/^eyJ/), expires_in: 604_800 });
    expect(jwt).not.toHaveProperty('refresh_token');
    expect(opaque).toMatchObject({
      access_token: expect.stringMatching(/^[0-9a-f]{40}$/),
      refresh_token: expect.any(String),
      expires_in: 900,
    });
    expect((await spid.get('/endpoints', jwt.access_token)).status).toBe(200);
    expect((await spid.get('/user/42/products', opaque.access_token)).body.sig).toEqual(expect.any(String));
  });

  it.each(['admin', 'openid admin', 'OpenID'])('refuse the scope %s when set', async (scope) => {
    expect((await token(plain, { scope })).status).toBe(200);
    await choose({ unknownScope: 'refused' });
    const { status, body } = await token(plain, { scope });

    expect(status).toBe(400);
    expect(body).toEqual({ error: 'invalid_scope', error_code: '400 Bad Request', type: 'OAuthException' });
  });

  it('accept known scopes and none', async () => {
    await choose({ unknownScope: 'refused' });
    for (const form of [{}, { scope: '' }, { scope: 'openid profile' }, { scope: 'email  phone address' }]) {
      expect((await token(signed, form as Record<string, string>)).status).toBe(200);
    }
  });
});

describe('quirks of responses', () => {
  it('sign responses to a client with opaque tokens, and none without a token', async () => {
    await choose({ signedResponses: 'every-client' });
    const { body } = await spid.get('/user/42/product/1337');
    const status = await spid.raw('GET', '/api/2/status');

    expect(body.algorithm).toBe('HMAC-SHA256');
    expect(body.sig).toBe(createHmac('sha256', signatureSecret).update(body.data).digest('base64url'));
    expect(JSON.parse(Buffer.from(body.data, 'base64url').toString())).toEqual({
      productId: '1337',
      result: true,
    });
    expect(status.body).not.toHaveProperty('sig');
    expect((await spid.get('/user/42/product/10111')).body).not.toHaveProperty('sig');
  });

  it('show the platform as recorded in 2016', async () => {
    await choose({ platformForm: '2016' });
    const version = (await spid.raw('GET', '/api/2/version')).body.data;
    const status = (await spid.raw('GET', '/api/2/status')).body.data;
    const common = {
      apiVersion: 2,
      apiRevision: '0',
      webVersion: '2.81.2',
      webRevision: 0,
      currentTime: '2026-07-01 12:00:00',
      timeZone: 'Europe/Stockholm',
    };

    expect(version).toEqual(common);
    expect(status).toEqual({
      ...common,
      oauth: {
        flows: 'redirect|native|webview',
        grantTypes: [
          'authorization_code',
          'password',
          'assertion',
          'refresh_token',
          'client_credentials',
          'urn:ietf:params:oauth:grant-type:jwt-bearer',
        ],
      },
      block: false,
      platform: 'up',
    });
  });

  it('show a subscription with recorded and with documented fields', async () => {
    const form = async (subscriptionForm: string) => {
      await choose({ subscriptionForm });
      const { body } = await spid.get('/user/100003/subscriptions');
      const one = await spid.get('/user/100003/subscription/158240');
      expect(one.body.data).toEqual(body.data['158240']);
      return body.data['158240'];
    };
    const published = await form('published');
    const recorded = await form('recorded');
    const documented = await form('documented');

    expect(published).not.toHaveProperty('autoRenewChangeDate');
    expect(recorded).toMatchObject({
      subscriptionId: '158240',
      autoRenewChangeDate: null,
      autoRenewChangeBy: null,
      originalSubscriptionId: null,
      identifierId: null,
      orderId: null,
      renewPrice: null,
      product: { productId: '10013', bundle: '0', autopay: '0' },
    });
    expect(recorded).not.toHaveProperty('paymentType');
    expect(documented).toEqual({
      ...published,
      originalSubscriptionId: null,
      paymentType: '0',
      stopRenewalAfterLock: '0',
    });
  });
});

describe('an import with an empty content', () => {
  const form = { tokenName: 'newsletter', content: '' };

  it('is refused, because that is no JSON array', async () => {
    expect((await spid.post('/injectable/import', form)).status).toBe(400);
    expect(await spid.effects()).toEqual([]);
  });

  it('is accepted when the quirk is set; a missing content is not', async () => {
    await choose({ importContentEmpty: 'accepted' });
    const accepted = await spid.post('/injectable/import', form);
    const without = await spid.post('/injectable/import', { tokenName: 'newsletter' });

    expect([accepted.status, accepted.body.data]).toEqual([200, { success: true }]);
    expect(without.status).toBe(400);
    expect(await spid.effects('injectable_import')).toMatchObject([{ tokenName: 'newsletter', count: 0 }]);
  });
});

describe('fields=', () => {
  it('selects fields of one group and of each group of a list', async () => {
    const one = await spid.get('/vouchers/group/324673248?fields=voucherGroupId,availableVouchers');
    const list = await spid.get('/vouchers/groups?fields[]=title&fields[]=type');

    expect(one.body.data).toEqual({ voucherGroupId: '324673248', availableVouchers: 1_000 });
    expect(list.body.data).toEqual([{ title: 'Freebies for everyone!', type: '8' }]);
    expect(list.body.meta).toEqual({ count: 1, offset: 0 });
  });

  it('selects fields of each entry of a map, and of signed data', async () => {
    const map = await spid.get('/user/100003/products?fields=status,userProductId');
    const { body } = await spid.get('/vouchers/groups?fields=type', await spid.tokenOf(signed));

    expect(map.body.data).toEqual({
      10111: { status: '3', userProductId: '3' },
      10117: { status: '3', userProductId: '19' },
    });
    expect(JSON.parse(Buffer.from(body.data, 'base64url').toString())).toEqual([{ type: '8' }]);
  });

  it('does not affect lists of strings, an empty selection and writes', async () => {
    await spid.post('/injectable/import', { tokenName: 'a', content: '[]' });
    const names = await spid.get('/injectable/names?fields=a');
    const whole = await spid.get('/vouchers/group/324673248?fields=');
    const changed = await spid.post('/vouchers/group/324673248?fields=title', { title: 'Other' });

    expect(names.body.data).toEqual(['a']);
    expect(Object.keys(whole.body.data)).toHaveLength(15);
    expect(Object.keys(changed.body.data)).toHaveLength(13);
  });

  it('returns an empty array when no field is known', async () => {
    expect((await spid.get('/product/1337?fields=unheardOf')).body.data).toEqual([]);
  });
});
