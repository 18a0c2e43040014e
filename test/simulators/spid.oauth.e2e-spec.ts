import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { plain, signed, SpidCaller, type TokenBody } from './spid.caller.js';

let spid: SpidCaller;
beforeEach(async () => {
  spid = await SpidCaller.start();
});
afterEach(() => spid.close());

function decode(part = ''): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

describe('a client with opaque tokens', () => {
  it('gets a token for a week with Basic credentials', async () => {
    const { status, body, contentType } = await spid.oauth({ grant_type: 'client_credentials' }, plain);

    expect(status).toBe(200);
    expect(contentType).toMatch(/^application\/json/);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[0-9a-f]{40}$/),
      expires_in: 604_800,
      scope: null,
      user_id: false,
      is_admin: false,
      refresh_token: expect.stringMatching(/^[0-9a-f]{40}$/),
      server_time: Math.floor(spid.clock / 1_000),
    });
  });

  it('gets one with credentials in the body and the other parameters of old SDKs', async () => {
    const { status, body } = await spid.oauth({
      grant_type: 'client_credentials',
      client_id: plain.id,
      client_secret: plain.secret,
      scope: '',
      state: '',
      redirect_uri: 'http://localhost/back',
      method: 'POST',
      v: '2.5.2',
    });

    expect(status).toBe(200);
    expect((await spid.get('/endpoints', body.access_token)).status).toBe(200);
  });

  it('may use its refresh token, and no other client may', async () => {
    const { body } = await spid.oauth({ grant_type: 'client_credentials' }, plain);
    const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const refreshed = await spid.oauth(form, plain);

    expect(refreshed.status).toBe(200);
    expect(refreshed.body.access_token).not.toBe(body.access_token);
    expect((await spid.oauth(form, signed)).body.error).toBe('invalid_grant');
  });
});

describe('a client with JWT tokens', () => {
  it('gets a Bearer token of 15 minutes without a refresh token', async () => {
    const { body } = await spid.oauth({ grant_type: 'client_credentials' }, signed);

    expect(body).toEqual({
      access_token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      expires_in: 900,
      scope: 'openid profile',
      token_type: 'Bearer',
    });
  });

  it('gets a token that the published key verifies', async () => {
    const form = { grant_type: 'client_credentials', resource: 'https://resource.example' };
    const { body } = await spid.oauth(form, signed);
    const [header, claims, signature] = body.access_token.split('.');
    const jwks = await spid.raw<{ keys: (JsonWebKey & { kid: string })[] }>('GET', '/oauth/jwks');
    const jwk = jwks.body.keys.find(({ kid }) => kid === decode(header)['kid']);
    const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' });
    const text = Buffer.from(`${header}.${claims}`);

    expect(jwk).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256' });
    expect(jwk).not.toHaveProperty('d');
    expect(decode(header)).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    expect(verify('RSA-SHA256', text, key, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
    expect(decode(claims)).toMatchObject({
      iss: `${spid.url}/`,
      sub: signed.id,
      client_id: signed.id,
      aud: 'https://resource.example',
      iat: spid.clock / 1_000,
      exp: spid.clock / 1_000 + 900,
    });
  });
});

describe('a token request that is refused', () => {
  const credentials = { client_id: plain.id, client_secret: plain.secret };
  const grant_type = 'client_credentials';

  it.each([
    [
      'a wrong secret',
      { grant_type, client_id: plain.id, client_secret: 'wrong' },
      'invalid_client_credentials',
    ],
    ['an empty secret', { grant_type, client_id: plain.id, client_secret: '' }, 'invalid_client_credentials'],
    ['no credentials', { grant_type }, 'invalid_client_credentials'],
    ['an unknown client', { grant_type, client_id: 'nobody', client_secret: 'foobar' }, 'invalid_client_id'],
    ['a grant it does not have', { ...credentials, grant_type: 'password' }, 'unsupported_grant_type'],
    [
      'an unknown refresh token',
      { ...credentials, grant_type: 'refresh_token', refresh_token: 'unknown' },
      'invalid_grant',
    ],
    ['no refresh token', { ...credentials, grant_type: 'refresh_token' }, 'invalid_grant'],
  ])('returns 400 with a string as error_code for %s', async (_, form: Record<string, string>, error) => {
    const { status, body } = await spid.oauth(form);

    expect(status).toBe(400);
    expect(body).toEqual({ error, error_code: '400 Bad Request', type: 'OAuthException' });
  });

  it.each([
    ['missing', credentials],
    ['empty', { ...credentials, grant_type: '' }],
    ['unknown', { ...credentials, grant_type: 'none' }],
  ])('describes a grant type that is %s', async (_, form: Record<string, string>) => {
    const { status, body } = await spid.oauth(form);

    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'invalid_request',
      error_code: '400 Bad Request',
      type: 'OAuthException',
      error_description: 'Invalid grant_type parameter or parameter missing',
    });
  });

  it('uses Basic credentials before those in the body', async () => {
    const { body } = await spid.oauth({ grant_type, ...credentials }, { id: plain.id, secret: 'wrong' });

    expect(body.error).toBe('invalid_client_credentials');
  });

  it('does not take credentials from the query', async () => {
    const query = new URLSearchParams({ grant_type, ...credentials });
    const { status } = await spid.raw<TokenBody>('GET', `/oauth/token?${query.toString()}`);

    expect(status).toBe(400);
  });
});

describe('tokens', () => {
  it.each([
    ['opaque', plain, 604_800],
    ['JWT', signed, 900],
  ])('expire after their lifetime: %s', async (_, client, seconds) => {
    const token = await spid.tokenOf(client);
    spid.clock += seconds * 1_000 - 1;
    expect((await spid.get('/endpoints', token)).status).toBe(200);
    spid.clock += 1;
    const { status, body } = await spid.get('/endpoints', token);

    expect(status).toBe(401);
    expect(body).toMatchObject({ error: 'expired_token', error_code: 401, type: 'OAuthException' });
  });

  it('expire all by a control, and new ones work', async () => {
    expect((await spid.control('POST', '/__tokens/expire')).status).toBe(204);

    expect((await spid.get('/endpoints')).body).toMatchObject({ error: 'expired_token' });
    expect((await spid.get('/endpoints', await spid.tokenOf(plain))).status).toBe(200);
  });

  it('are revoked all by a control, refresh tokens too', async () => {
    const { body } = await spid.oauth({ grant_type: 'client_credentials' }, plain);
    await spid.control('POST', '/__tokens/revoke');

    expect((await spid.get('/endpoints', body.access_token)).body).toMatchObject({ error: 'invalid_token' });
    const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    expect((await spid.oauth(form, plain)).body.error).toBe('invalid_grant');
    expect((await spid.get('/endpoints', await spid.tokenOf(plain))).status).toBe(200);
  });

  it('get flat errors from faults', async () => {
    await spid.control('POST', '/__faults', { operation: 'token', kind: 'status-503', times: 1 });
    const { status, body } = await spid.oauth({ grant_type: 'client_credentials' }, plain);

    expect(status).toBe(503);
    expect(body).toMatchObject({ error: 'server_error', error_code: '503 Service Unavailable' });
    expect((await spid.oauth({ grant_type: 'client_credentials' }, plain)).status).toBe(200);
  });
});

describe('the secrets of a client', () => {
  const login = async (secret: string) =>
    (await spid.oauth({ grant_type: 'client_credentials' }, { ...plain, secret })).status;

  const setSecrets = (body: object) =>
    fetch(`${spid.url}/__clients`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('are set by the control, several at once', async () => {
    await setSecrets({ clientId: plain.id, clientSecrets: ['old', 'new'] });
    expect([await login('old'), await login('new'), await login(plain.secret)]).toEqual([200, 200, 400]);
    expect(await spid.tokenOf(signed)).toEqual(expect.any(String));
  });

  it('are not changed by an invalid control', async () => {
    expect((await setSecrets({ clientId: 'nobody', clientSecrets: ['new'] })).status).toBe(400);
    expect((await setSecrets({ clientId: plain.id, clientSecrets: [''] })).status).toBe(400);
    expect(await login(plain.secret)).toBe(200);
  });
});
