import fastify, { type FastifyInstance } from 'fastify';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { knownSecrets } from '../../../src/config/secrets/known.secrets.js';
import { Secret } from '../../../src/config/secrets/secret.js';
import { maskResponse } from '../../../src/http/server/masked.responses.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';

const SECRET = 'masked-header-canary-5d0c1b7a';
/** As a number, a header would have it without quotes. */
const NUMBER = 4_827_193_650_284_715;

describe('secrets in the headers of responses', () => {
  let gateway: TestGateway;
  let planted: FastifyInstance;
  let plantedUrl: string;

  beforeAll(async () => {
    gateway = await startGateway();
    knownSecrets.learnToken('test.header', new Secret(SECRET));
    knownSecrets.learnToken('test.number', new Secret(String(NUMBER)));
    planted = fastify();
    planted.addHook('onRequest', (_request, reply, done) => {
      void reply.header('x-list', ['clean', `a ${SECRET}`]).header('set-cookie', ['a=1', `b=${SECRET}`]);
      void reply.header('x-number', NUMBER).header('location', `/v1/${SECRET}`);
      done();
    });
    planted.addHook('onSend', (_request, reply, payload, done) => done(null, maskResponse(reply, payload)));
    planted.get('/body', () => 'body');
    planted.get('/length', (_request, reply) => reply.header('content-length', SECRET.length).send(SECRET));
    planted.get('/error', () => Promise.reject(new Error('refused')));
    plantedUrl = await planted.listen({ port: 0, host: '127.0.0.1' });
  });

  afterAll(() => Promise.all([gateway.close(), planted.close()]));

  const leaks = (headers: Headers): readonly string[] =>
    [...headers]
      .filter(([, value]) => value.includes(SECRET) || value.includes(String(NUMBER)))
      .map(([name]) => name);

  it.each([
    ['a response', 'GET', '/v1/users/42/entitlements', undefined],
    ['no content-type', 'GET', '/health/live', null],
    ['a refusal of the caller', 'GET', '/v1/users/42/entitlements', null],
    ['a refusal of the request', 'POST', '/v1/voucher-handouts', undefined],
    ['an unknown route', 'GET', '/nothing', null],
    ['a wrong method', 'DELETE', '/health/live', null],
    ['a path that cannot be decoded', 'GET', '/v1/users/%zz/entitlements', undefined],
    ['a HEAD', 'HEAD', '/health/live', null],
    ['a page', 'GET', '/docs', null],
    ['a file', 'GET', '/docs/swagger-ui.css', null],
  ] as const)('are masked where the request id comes back: %s', async (_what, method, path, key) => {
    const response = await gateway.call(method, path, {
      ...(key === null ? { key } : {}),
      headers: { 'x-request-id': SECRET },
    });
    expect(leaks(response.headers)).toEqual([]);
    expect(response.headers.get('x-request-id')).toBe('[redacted]');
    expect(response.text).not.toContain(SECRET);
  });

  it.each(['/body', '/length', '/error', '/nothing'])(
    'are masked in values of every type of %s',
    async (path) => {
      const response = await fetch(plantedUrl + path, { redirect: 'manual' });
      expect(await response.text()).not.toContain(SECRET);
      expect(leaks(response.headers)).toEqual([]);
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=[redacted]']);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-list': 'clean, a [redacted]',
        'x-number': '[redacted]',
        location: '/v1/[redacted]',
      });
    },
  );

  it.each([
    ['a request without Host', 'GET / HTTP/1.1\r\n'],
    [
      'two lengths',
      'POST /v1/voucher-handouts HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n',
    ],
    ['a line that is not HTTP', 'GET / HTTX/1.1\r\nHost: a\r\n'],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n'],
  ])('are masked in an early refusal: %s', async (_what, head) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.write(`${head}X-Request-Id: ${SECRET}\r\nConnection: close\r\n\r\n`);
    const response = await text(socket);
    expect(response).toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*x-request-id: /i);
    expect(response).not.toContain(SECRET);
  });
});
