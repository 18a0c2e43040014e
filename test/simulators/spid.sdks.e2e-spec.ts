import { plain, SpidCaller, type TokenBody } from './spid.caller.js';

/** Requests as the vendor's own old SDKs send them (SPiD A2, A3, A8). */
let spid: SpidCaller;
beforeAll(async () => {
  spid = await SpidCaller.start();
});
afterAll(() => spid.close());

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const credentials = `client_id=${plain.id}&client_secret=${plain.secret}`;
const group = '324673248';

it('serves PHP: method and v in the query, the token in the query of a POST, JSON for other values than strings', async () => {
  const token = await spid.raw<TokenBody>('POST', '/oauth/token', {
    headers: { ...form, 'user-agent': 'spid-php-2.5.2', accept: 'application/json' },
    body: `${credentials}&grant_type=client_credentials&scope=&state=&redirect_uri=http%3A%2F%2Flocalhost`,
  });
  const query = `oauth_token=${token.body.access_token}&method=POST&v=2.5.2`;
  const created = await spid.raw('POST', `/api/2/vouchers/group?${query}`, {
    headers: { ...form, 'x-request-id': 'abc' },
    body: 'title=Sommar+p%C3%A5+stan&type=8&unique=true&limit=10',
  });

  expect(created.status).toBe(200);
  expect(created.body.data).toMatchObject({ title: 'Sommar på stan', unique: '1', limit: '10' });
});

it('serves PHP without a token, which sends its client id as one', async () => {
  const { status, body } = await spid.raw('GET', `/api/2/endpoints?oauth_token=${plain.id}&method=GET`);

  expect(status).toBe(401);
  expect(body).toMatchObject({ error: 'invalid_token' });
});

it('serves Java: refresh first, then credentials, the token in the form of a POST', async () => {
  const headers = form;
  const refused = await spid.raw<TokenBody>('POST', '/oauth/token', {
    headers,
    body: `${credentials}&grant_type=refresh_token&refresh_token=stale&redirect_uri=http://localhost`,
  });
  const token = await spid.raw<TokenBody>('POST', '/oauth/token', {
    headers,
    body: `${credentials}&grant_type=client_credentials&redirect_uri=http://localhost`,
  });
  const handout = await spid.raw('POST', '/api/2/voucher_handout', {
    headers,
    body: `oauth_token=${token.body.access_token}&userId=42&voucherGroupId=${group}`,
  });

  expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant']);
  expect(handout.body.data).toEqual({ success: true });
});

it('serves Node: a token per call, the token in the query of a GET and a DELETE', async () => {
  for (const method of ['GET', 'DELETE']) {
    const { body } = await spid.raw<TokenBody>('POST', '/oauth/token', {
      headers: form,
      body: `${credentials}&grant_type=client_credentials`,
    });
    const reply = await spid.raw(method, `/api/2/user/42/product/1337?oauth_token=${body.access_token}`);
    expect(reply.status).toBe(200);
  }
});

it('serves new SDKs: Basic, the X-OIDC header, a Bearer token', async () => {
  const basic = Buffer.from(`${plain.id}:${plain.secret}`).toString('base64');
  const token = await spid.raw<TokenBody>('POST', '/oauth/token', {
    headers: { ...form, authorization: `basic ${basic}`, 'x-oidc': 'v1' },
    body: 'grant_type=client_credentials',
  });
  const reply = await spid.raw('GET', '/api/2/user/42/products', {
    headers: { authorization: `Bearer ${token.body.access_token}` },
  });

  expect(reply.status).toBe(200);
});

it('serves Python: DELETE with the token in the query and data in the body, which is ignored', async () => {
  await spid.post('/user/938029/product/10117');
  const reply = await spid.raw('DELETE', `/api/2/user/938029/product/10117?oauth_token=${spid.token}`, {
    headers: form,
    body: 'filters=merchant',
  });

  expect(reply.status).toBe(200);
});

it('reads a form that is not UTF-8 as ISO-8859-1, and keeps malformed escapes', async () => {
  const headers = { ...form, authorization: `Bearer ${spid.token}` };
  const bytes = Buffer.from('title=Gr\xf6n+100%+\xe5r&type=8&description=%E5', 'latin1');
  const { body } = await spid.raw('POST', '/api/2/vouchers/group', { headers, body: bytes });

  expect(body.data).toMatchObject({ title: 'Grön 100% år', description: 'å' });
});

it('reads a form without a content type, and ignores a body that is no form', async () => {
  const headers = { authorization: `Bearer ${spid.token}` };
  const bare = { headers, body: Buffer.from(`userId=42&voucherGroupId=${group}`) };
  const json = { headers: { ...headers, 'content-type': 'application/json' }, body: '{"userId":"42"}' };

  expect((await spid.raw('POST', '/api/2/voucher_handout', bare)).status).toBe(200);
  expect((await spid.raw('POST', '/api/2/voucher_handout', json)).body.error.description).toMatch(
    /^Missing required userId/,
  );
});

it('decodes a path that is not UTF-8', async () => {
  const reply = await spid.get('/voucher/%E5%zz');

  expect([reply.status, reply.body.error.description]).toEqual([404, 'Voucher not found']);
});
