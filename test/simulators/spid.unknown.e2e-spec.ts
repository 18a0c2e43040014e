import { sendRaw } from '../support/network/raw.http.js';
import { NO_SUCH_ENDPOINT, SpidCaller } from './spid.caller.js';

let spid: SpidCaller;
beforeEach(async () => {
  spid = await SpidCaller.start();
});
afterEach(() => spid.close());

describe('an unknown path', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/favicon.ico'],
    ['GET', '/apis'],
    ['POST', '/elsewhere'],
    ['PUT', '/api/2/voucher_handout'],
    ['PATCH', '/api/2/product/1337'],
    ['OPTIONS', '/api/2/status'],
    ['GET', '/oauth'],
    ['GET', '/oauth/authorize'],
    ['GET', '/oauth/introspect'],
    ['POST', '/oauth/jwks'],
    ['DELETE', '/oauth/jwks'],
    ['GET', '/oauth/%zz'],
    ['GET', '/%zz'],
    ['GET', '/__api/%zz'],
  ])('gets a container: %s %s', async (method, path) => {
    const body = method === 'GET' ? {} : { body: new URLSearchParams({ a: 'b' }) };
    const reply = await spid.raw(method, path, body);

    expect(reply.status).toBe(404);
    expect(reply.contentType).toMatch(/^application\/json/);
    expect(reply.body).toEqual(NO_SUCH_ENDPOINT);
  });

  it('gets it with any body', async () => {
    const json = { headers: { 'content-type': 'application/json' }, body: '{"half":' };
    const large = { body: 'x'.repeat(2_000_000) };

    expect((await spid.raw('POST', '/elsewhere', json)).body).toEqual(NO_SUCH_ENDPOINT);
    expect((await spid.raw('POST', '/elsewhere', large)).body).toMatchObject({
      name: 'SPP Container',
      code: 413,
    });
  });

  it('gets an error of the simulator below /__', async () => {
    const { status, text } = await spid.raw('GET', '/__user');

    expect([status, text]).toEqual([404, '{"error":"no control GET /__user"}']);
    expect((await spid.raw('PATCH', '/__quirks')).status).toBe(404);
  });

  it.each([
    ['no HTTP at all', 'HELO\r\n\r\n'],
    ['a space in the address', 'GET /api/2/status now HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('gets a bare status for %s', async (_, bytes) => {
    const received = await sendRaw(spid.url, bytes);

    expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(received).not.toMatch(/fastify|Client Error|\{/i);
  });
});

describe('the status line of a call over the limit', () => {
  it.each(['', '.jsonp'])('has the text of the container (%s)', async (suffix) => {
    await spid.control('PUT', '/__limits', { limit: 1, periodSeconds: 60 });
    await spid.get('/endpoints');
    const path = `/api/2/endpoints${suffix}?oauth_token=${spid.token}`;
    const received = await sendRaw(spid.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(received).toMatch(/^HTTP\/1\.1 420 Request Ratelimit exceeded\r\n/);
  });

  it('has it for a fault too, whole or truncated', async () => {
    await spid.control('POST', '/__faults', { operation: 'status', kind: 'status-420', times: 1 });
    const received = await sendRaw(
      spid.url,
      'GET /api/2/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );

    expect(received).toMatch(/^HTTP\/1\.1 420 Request Ratelimit exceeded\r\n/);
  });
});
