import { plain, signed, SpidCaller } from './spid.caller.js';

const stranger = { id: '5f0000000000000000000001', secret: 'let-in' };

interface Introspection {
  readonly active?: boolean;
  readonly error?: string;
  readonly exp?: number;
}

let spid: SpidCaller;
beforeEach(async () => {
  spid = await SpidCaller.start();
});
afterEach(() => spid.close());

/** `POST /oauth/introspect` with Basic credentials, or with those in the form. */
async function introspect(form: Record<string, string>, client?: { id: string; secret: string }) {
  const basic = client && Buffer.from(`${client.id}:${client.secret}`).toString('base64');
  return spid.raw<Introspection>('POST', '/oauth/introspect', {
    headers: basic ? { authorization: `Basic ${basic}` } : {},
    body: new URLSearchParams(form),
  });
}

describe('POST /oauth/introspect', () => {
  it('returns the claims of a JWT to a client of the same merchant', async () => {
    const { body: granted } = await spid.oauth(
      { grant_type: 'client_credentials', resource: 'https://resource.example' },
      signed,
    );
    const { status, body, contentType } = await introspect({ token: granted.access_token }, plain);

    expect(status).toBe(200);
    expect(contentType).toMatch(/^application\/json/);
    expect(body).toEqual({
      sub: signed.id,
      aud: ['https://resource.example'],
      scope: 'openid profile',
      iss: `${spid.url}/`,
      active: true,
      token_type: 'Bearer',
      exp: spid.clock / 1_000 + 900,
      iat: spid.clock / 1_000,
      client_id: signed.id,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('accepts the credentials in the form too', async () => {
    const token = await spid.tokenOf(signed);
    const { body } = await introspect({ token, client_id: signed.id, client_secret: signed.secret });

    expect(body.active).toBe(true);
  });

  it('returns inactive for an opaque, unknown, expired or revoked token', async () => {
    const jwt = await spid.tokenOf(signed);
    const responses = [
      await introspect({ token: spid.token }, plain),
      await introspect({ token: 'x' }, plain),
    ];
    await spid.control('POST', '/__tokens/expire');
    responses.push(await introspect({ token: jwt }, plain));
    const other = await spid.tokenOf(signed);
    spid.clock += 900_000;
    responses.push(await introspect({ token: other }, plain));
    const last = await spid.tokenOf(signed);
    await spid.control('POST', '/__tokens/revoke');
    responses.push(await introspect({ token: last }, plain));

    for (const { status, body } of responses) expect([status, body]).toEqual([200, { active: false }]);
  });

  it('returns inactive to a client of another merchant, unless it is the audience', async () => {
    await spid.control('PUT', '/__clients', { clientId: stranger.id, clientSecrets: [stranger.secret] });
    const grant_type = 'client_credentials';
    const others = await spid.oauth({ grant_type }, signed);
    const its = await spid.oauth({ grant_type, resource: stranger.id }, signed);

    expect((await introspect({ token: others.body.access_token }, stranger)).body).toEqual({ active: false });
    expect((await introspect({ token: its.body.access_token }, stranger)).body.active).toBe(true);
  });

  it.each([
    ['a wrong secret', { id: plain.id, secret: 'wrong' }, 'invalid_client_credentials'],
    ['an unknown client', { id: 'nobody', secret: 'foobar' }, 'invalid_client_id'],
    ['no credentials', undefined, 'invalid_client_credentials'],
  ])('refuses %s with 401, as the token endpoint does not', async (_, client, error) => {
    const { status, body } = await introspect({ token: await spid.tokenOf(signed) }, client);

    expect(status).toBe(401);
    expect(body).toEqual({ error, error_code: '401 Unauthorized', type: 'OAuthException' });
  });

  it('refuses a request without a token with 400', async () => {
    for (const form of [{}, { token: '' }] as Record<string, string>[]) {
      const { status, body } = await introspect(form, plain);
      expect([status, body.error]).toEqual([400, 'invalid_request']);
    }
  });

  it('returns the short form, with the current time, when the quirk is set', async () => {
    await spid.control('PUT', '/__quirks', { introspection: 'short' });
    const token = await spid.tokenOf(signed);
    spid.clock += 60_500;
    const { body } = await introspect({ token }, plain);

    expect(body).toEqual({
      active: true,
      scope: 'openid profile',
      client_id: signed.id,
      token_type: 'Bearer',
      exp: spid.clock / 1_000 - 60.5 + 900,
      now: Math.floor(spid.clock / 1_000),
    });
  });

  it('is subject to faults', async () => {
    await spid.control('POST', '/__faults', { operation: 'introspect', kind: 'status-503', times: 1 });

    expect((await introspect({ token: 'x' }, plain)).status).toBe(503);
    expect((await introspect({ token: 'x' }, plain)).status).toBe(200);
  });
});
