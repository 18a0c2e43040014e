import { createHmac } from 'node:crypto';
import { NO_SUCH_ENDPOINT, plain, signatureSecret, signed, SpidCaller } from './spid.caller.js';

let spid: SpidCaller;
beforeEach(async () => {
  spid = await SpidCaller.start();
});
afterEach(() => spid.close());

const path = '/user/42/product/1337';
const stranger = '5f0000000000000000000001';

function refusal(error: string): object {
  return {
    error,
    error_code: 401,
    type: 'OAuthException',
    error_description: `401 Unauthorized access! Reason: "${error}" (OAuth realm: "Service", Scope: "")`,
  };
}

describe('the container', () => {
  it('contains the route, the budget and the data', async () => {
    const { status, body, contentType } = await spid.get('/user/42/products');

    expect(status).toBe(200);
    expect(contentType).toMatch(/^application\/json/);
    expect(body).toEqual({
      name: 'SPP Container',
      version: '0.2',
      api: 2,
      object: 'Digitalcontents',
      type: 'collection',
      code: 200,
      request: { reset: 3_600, limit: 0, remaining: -1 },
      debug: {
        route: {
          name: 'List contents',
          url: '/api/2/user/{id}/products',
          controller: 'Api/2/Digitalcontents.user_products',
        },
        params: { options: [], where: { id: '42' } },
      },
      meta: { count: 1, offset: 0 },
      error: null,
      data: { 1337: expect.any(Object) },
    });
  });

  it('is written as PHP writes JSON', async () => {
    const { text } = await spid.get('/product/10013');

    expect(text).toContain('"url":"\\/api\\/2\\/product\\/{id}"');
    expect(text).toContain('m\\u00e5nadsprenumeration');
    expect(text).not.toMatch(/[^\x20-\x7e]/);
  });

  it('leaves the product out of the parameters, as captured', async () => {
    const { body } = await spid.get(path);

    expect(body).toMatchObject({ type: 'collection', meta: null });
    expect(body.debug.params).toEqual({ options: [], where: { id: '42' } });
  });

  it('contains the search parameters of a list', async () => {
    const { body } = await spid.get('/vouchers/groups?type=8&limit=5');

    expect(body.debug.params).toEqual({ options: [], where: { type: '8' } });
  });

  it('carries the error of an unknown endpoint, even without a token', async () => {
    const { status, body } = await spid.raw('GET', '/api/2/nothing');

    expect(status).toBe(404);
    expect(body).toEqual(NO_SUCH_ENDPOINT);
  });

  it.each([
    ['PUT', '/api/2/user/42/products'],
    ['GET', '/api/2/voucher_handout'],
    ['GET', '/api/1/status'],
    ['GET', '/api/2/user/42/subscription/abc'],
    ['GET', '/api/2/user/42/products.xml'],
    ['GET', '/api'],
  ])('is a 404 for %s %s', async (method, url) => {
    const { status, body } = await spid.raw(method, url);

    expect(status).toBe(404);
    expect(body.error.description).toBe('No such endpoint.');
  });

  it.each([
    ['the bare error', { errorEnvelope: 'bare' }, 'No access to that product.'],
    ['an object as description', { errorDescription: 'object' }, { error: 'No access to that product.' }],
  ])('contains %s when the quirk is set', async (_, quirk, description) => {
    await spid.control('PUT', '/__quirks', quirk);
    const { body } = await spid.get('/user/42/product/10111');

    expect(body.error).toEqual({ code: 404, type: 'ApiException', description });
    expect('name' in body).toBe(!('errorEnvelope' in quirk));
  });
});

describe('the access token', () => {
  it('is accepted in the header, the query, also of a POST, or the form', async () => {
    const grant = '/api/2/user/42/product/301694';
    const form = new URLSearchParams({ oauth_token: spid.token });
    const responses = await Promise.all([
      spid.get(path),
      spid.raw('GET', `/api/2${path}?oauth_token=${spid.token}`),
      spid.raw('POST', `${grant}?oauth_token=${spid.token}&method=POST&v=2.5.2`),
      spid.raw('POST', grant, { body: form }),
    ]);

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it.each([
    ['is missing', {}, 'invalid_request'],
    ['is unknown', { authorization: 'Bearer 0123456789' }, 'invalid_token'],
    ['has another scheme', { authorization: 'OAuth 0123456789' }, 'invalid_request'],
  ])('gets flat OAuth JSON when it %s', async (_, headers: Record<string, string>, error) => {
    const { status, body } = await spid.raw('GET', `/api/2${path}`, { headers });

    expect(status).toBe(401);
    expect(body).toEqual(refusal(error));
  });

  it('is not taken from the body of a DELETE', async () => {
    const { status } = await spid.raw('DELETE', `/api/2${path}`, {
      body: new URLSearchParams({ oauth_token: spid.token }),
    });

    expect(status).toBe(401);
  });

  it('is not needed for status and version', async () => {
    const status = await spid.raw('GET', '/api/2/status');
    const version = await spid.raw('GET', '/api/2/version');
    const drawn = {
      apiVersion: 2,
      apiRevision: '0',
      webVersion: expect.any(String),
      webRevision: expect.any(String),
      currentTime: '2026-07-01 12:00:00',
      timeZone: 'Europe/Oslo',
    };

    expect(version.body.data).toEqual(drawn);
    const oauth = { flows: expect.any(String), grantTypes: expect.stringContaining('client_credentials') };
    expect(status.body.data).toEqual({ ...drawn, oauth, block: false, platform: 'up' });
  });
});

describe('the order of the checks', () => {
  const everything = { tokenScope: 'insufficient', callerIp: 'not-whitelisted', endpointAccess: 'closed' };

  /** Removes one obstacle after the other and records the next error. */
  it('is endpoint, token, scope, IP, rate, context, access, data', async () => {
    const met: unknown[] = [];
    const meet = async (url: string, token: string) => {
      const { status, body } = await spid.get(url, token);
      met.push([status, typeof body.error === 'string' ? body.error : body.error.description]);
    };
    await spid.control('PUT', '/__quirks', everything);
    await spid.get('/endpoints');
    await spid.control('PUT', '/__limits', { clientId: plain.id, limit: 1, periodSeconds: 60 });
    await meet('/nothing', 'unknown');
    await meet('/user/1/products?contextClientId=none', 'unknown');
    await meet('/user/1/products?contextClientId=none', spid.token);
    await spid.control('PUT', '/__quirks', { tokenScope: 'sufficient' });
    await meet('/user/1/products?contextClientId=none', spid.token);
    await spid.control('PUT', '/__quirks', { callerIp: 'not-identifiable' });
    await meet('/user/1/products?contextClientId=none', spid.token);
    await spid.control('PUT', '/__quirks', { callerIp: 'accepted' });
    await meet('/user/1/products?contextClientId=none', spid.token);
    await meet('/user/1/products?contextClientId=none', spid.token);
    spid.clock += 60_000;
    await meet(`/user/1/products?contextClientId=${stranger}`, spid.token);
    spid.clock += 60_000;
    await meet('/user/1/products', spid.token);
    await spid.control('DELETE', '/__quirks');
    spid.clock += 60_000;
    await meet('/user/1/products', spid.token);

    expect(met).toEqual([
      [404, 'No such endpoint.'],
      [401, 'invalid_token'],
      [401, 'insufficient_scope'],
      [403, 'Requesting IP is not whitelisted'],
      [500, expect.any(String)],
      [404, 'Unknown client ID'],
      [420, 'Request Ratelimit exceeded'],
      [401, "Your client doesn't have administration rights for this client."],
      [403, expect.stringMatching(/^Client is not authorized to access this API endpoint\./)],
      [404, 'User not found'],
    ]);
  });

  it('takes contextClientId from the query of a POST, never from its form', async () => {
    const form = { title: 'Summer', type: '8' };
    const asOther = await spid.post(`/vouchers/group?contextClientId=${signed.id}`, form);
    const asItself = await spid.post('/vouchers/group', { ...form, contextClientId: signed.id });

    expect(asOther.body.data.clientId).toBe(signed.id);
    expect(asItself.body.data.clientId).toBe(plain.id);
  });

  it('returns 420 in the container until the period is over', async () => {
    await spid.control('PUT', '/__limits', { limit: 2, periodSeconds: 30 });
    const first = await spid.get(path);
    spid.clock += 10_500;
    await spid.get(path);
    const third = await spid.get(path);
    const other = await spid.get(path, await spid.tokenOf(signed));
    spid.clock += 19_500;

    expect(first.body.request).toEqual({ reset: 30, limit: 2, remaining: 1 });
    expect(third.status).toBe(420);
    expect(third.body).toMatchObject({
      type: 'error',
      code: 420,
      request: { reset: 20, limit: 2, remaining: 0 },
      error: { code: 420, type: 'ApiException', description: 'Request Ratelimit exceeded' },
    });
    expect(other.status).toBe(200);
    expect((await spid.get(path)).status).toBe(200);
  });

  it.each([
    {},
    { limit: -1, periodSeconds: 1 },
    { limit: 1, periodSeconds: 0 },
    { clientId: 'x', limit: 1, periodSeconds: 1 },
  ])('refuses the limit %j', async (limit) => {
    expect((await spid.control('PUT', '/__limits', limit)).status).toBe(400);
  });
});

describe('signed responses', () => {
  function signatureOf(data: string, secret = signatureSecret): string {
    return createHmac('sha256', secret).update(data).digest('base64url');
  }

  it('carry the encoded data and its HMAC', async () => {
    const { body } = await spid.get(path, await spid.tokenOf(signed));

    expect(body.data).toMatch(/^[\w-]+$/);
    expect(body.algorithm).toBe('HMAC-SHA256');
    expect(body.sig).toBe(signatureOf(body.data));
    expect(JSON.parse(Buffer.from(body.data, 'base64url').toString())).toEqual({
      productId: '1337',
      result: true,
    });
  });

  it('are for the configured client only, and never for errors', async () => {
    const token = await spid.tokenOf(signed);

    expect((await spid.get(path)).body).not.toHaveProperty('sig');
    expect((await spid.get('/user/42/product/10111', token)).body).not.toHaveProperty('sig');
  });

  it.each([
    ['missing', undefined, undefined],
    ['wrong', 'HMAC-SHA256', false],
    ['unknown-algorithm', 'HMAC-MD5', true],
  ])('can be %s', async (signature, algorithm, matches) => {
    await spid.control('PUT', '/__quirks', { signature });
    const { body } = await spid.get(path, await spid.tokenOf(signed));

    expect(body.algorithm).toBe(algorithm);
    expect(body.sig === undefined ? undefined : body.sig === signatureOf(body.data)).toBe(matches);
  });
});

describe('formats', () => {
  it('are JSON with the suffix .json and without', async () => {
    const { body, contentType } = await spid.get('/user/42/products.json?callback=ignored');

    expect(contentType).toMatch(/^application\/json/);
    expect(body.data).toHaveProperty('1337');
  });

  it.each([
    ['', 'callback'],
    ['?callback=app.onResponse', 'app.onResponse'],
    ['?callback=alert(1);x', 'callback'],
    ['?callback=%3Cscript%3E', 'callback'],
  ])('are JavaScript with .jsonp%s, calling %s', async (query, name) => {
    const { text, contentType, status } = await spid.get(`/user/42/products.jsonp${query}`);

    expect(status).toBe(200);
    expect(contentType).toMatch(/^application\/javascript/);
    expect(text.startsWith(`${name}({"name":"SPP Container"`)).toBe(true);
    expect(text.endsWith('});')).toBe(true);
  });
});

describe('quirks', () => {
  it('are merged, shown and reset', async () => {
    await spid.control('PUT', '/__quirks', { revokeAnswer: 'success' });
    await spid.control('PUT', '/__quirks', { errorEnvelope: 'bare' });
    const changed = await spid.control('GET', '/__quirks');
    await spid.control('DELETE', '/__quirks');
    const reset = await spid.control('GET', '/__quirks');

    expect(changed.body).toMatchObject({
      revokeAnswer: 'success',
      errorEnvelope: 'bare',
      signature: 'valid',
    });
    expect(reset.body).toMatchObject({ revokeAnswer: 'digital-content', errorEnvelope: 'container' });
  });

  it.each<object>([{ unheardOf: 'x' }, { revokeAnswer: 'other' }, { constructor: 'x' }])(
    'refuse %j',
    async (quirk) => {
      expect((await spid.control('PUT', '/__quirks', quirk)).status).toBe(400);
    },
  );
});
