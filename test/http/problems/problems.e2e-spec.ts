import { connect } from 'node:net';
import { PROBLEM_ADVICE } from '../../../src/http/problems/problem.advice.js';
import { PROBLEMS } from '../../../src/http/problems/problem.types.js';
import { startGateway, type CallResponse, type TestGateway } from '../../support/gateway.js';

const HANDOUT = '/v1/voucher-handouts';

describe('every error is a problem', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  const expectProblem = (response: CallResponse, status: number, slug: string) => {
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(response.body).toMatchObject({ type: `/docs/problems/${slug}`, status });
    expect(response.status).toBe(status);
    expect(response.body.instance).toBe(`urn:tollgate:request:${response.headers.get('x-request-id')}`);
  };

  it.each([
    '/v1',
    '/v1/nothing',
    '/v2/users/42/entitlements',
    '/health',
    '/v1/users//entitlements',
    '/favicon.ico',
  ])('returns 404 for the unknown path %s', async (path) => {
    expectProblem(await gateway.call('GET', path), 404, 'route-not-found');
  });

  it.each([
    ['POST', '/v1/users/42/entitlements', 'GET, HEAD'],
    ['GET', HANDOUT, 'POST'],
    ['PATCH', '/v1/users/42/entitlements/1337', 'DELETE, GET, HEAD, PUT'],
    ['DELETE', '/health/live', 'GET, HEAD'],
  ])('returns 405 with Allow for %s %s', async (method, path, allow) => {
    const response = await gateway.call(method, path, method === 'GET' ? {} : { body: {} });
    expectProblem(response, 405, 'method-not-allowed');
    expect(response.headers.get('allow')).toBe(allow);
  });

  it.each([
    ['broken JSON', '{"userId":'],
    ['a text', 'hello'],
    ['a number', '5'],
    ['a list', '[]'],
    ['null', 'null'],
    ['prototype keys', '{"__proto__":{"a":1}}'],
    ['constructor keys', '{"constructor":{"prototype":{"a":1}}}'],
    ['nothing', ''],
    ['deep nesting', '['.repeat(50_000) + ']'.repeat(50_000)],
  ])('returns 400 for a body that is %s, and nothing is executed', async (_name, body) => {
    const response = await gateway.call('POST', HANDOUT, { body, idempotencyKey: 'broken-body' });
    expectProblem(response, 400, 'validation-failed');
    expect(response.body.outcome).toBe('not_executed');
  });

  it.each([
    ['{"userId":', 'The body is not valid JSON: it ends at line 1, column 11, where a value is expected.'],
    [
      '{\n  "userId": "tg_secret",\n  voucherGroupId: "1"\n}',
      'The body is not valid JSON: at line 3, column 3, a name in double quotes is expected.',
    ],
    [
      '{"__proto__":{"a":1}}',
      'The body has a member __proto__, or a member constructor with a prototype; both are refused.',
    ],
    [
      '{"userId":"42","voucherGroupId":"324673248","userId":"938029"}',
      'The body has a name twice in one object: again at line 1, column 45.',
    ],
    [
      '{\n "userId":"tg_secret",\n "voucherGroupId":"324673248",\n "user\\u0049d":"tg_secret"}',
      'The body has a name twice in one object: again at line 4, column 2.',
    ],
  ])('returns where the JSON %j is broken, without its content', async (body, detail) => {
    const response = await gateway.call('POST', HANDOUT, { body, idempotencyKey: 'broken-json' });
    expectProblem(response, 400, 'validation-failed');
    expect(response.body).toMatchObject({ detail, outcome: 'not_executed' });
    expect(response.text).not.toContain('tg_secret');
  });

  it('reports each missing field of a body and of a query as missing', async () => {
    const body = (sent: object | string) =>
      gateway.call('POST', HANDOUT, { body: sent, idempotencyKey: 'missing' });
    const both = [
      { pointer: '/userId', detail: 'is missing' },
      { pointer: '/voucherGroupId', detail: 'is missing' },
    ];
    expect((await body({})).body.errors).toEqual(both);
    expect((await body('')).body.errors).toEqual(both);
    expect((await body({ userId: null, voucherGroupId: '' })).body.errors).toEqual([
      { pointer: '/userId', detail: 'must be a string' },
      { pointer: '/voucherGroupId', detail: 'must have 1 to 64 characters' },
    ]);
    const list = await gateway.call('GET', '/v1/migrations');
    expect(list.body.errors).toEqual([{ pointer: '/query/destinationUsername', detail: 'is missing' }]);
  });

  const fields = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, at]));

  it.each<[string, string, string | undefined, object[] | undefined]>([
    ['70,000 fields', JSON.stringify(fields(70_000)), 'The body has more than 4096 values.', undefined],
    [
      'a list of 200,000',
      JSON.stringify({ userId: Array.from({ length: 200_000 }, () => 1) }),
      'The body has more than 4096 values.',
      undefined,
    ],
    [
      '101 fields',
      JSON.stringify(fields(101)),
      undefined,
      [{ pointer: '', detail: 'has more than 100 fields' }],
    ],
  ])('returns 400 for a body of %s, before its values are validated', async (_name, body, detail, errors) => {
    const response = await gateway.call('POST', HANDOUT, { body, idempotencyKey: 'large-body' });
    expectProblem(response, 400, 'validation-failed');
    expect(response.body).toMatchObject({
      outcome: 'not_executed',
      ...(detail && { detail }),
      ...(errors && { errors }),
    });
  });

  it('validates each of 100 fields', async () => {
    const response = await gateway.call('POST', HANDOUT, {
      body: JSON.stringify(fields(100)),
      idempotencyKey: 'large-body',
    });
    expect(response.body.errors).toContainEqual({ pointer: '/f0', detail: 'is not a known field' });
  });

  it('returns 400 for a query of 101 fields, before they are validated', async () => {
    const response = await gateway.call('GET', `/v1/operations?${Object.keys(fields(101)).join('&')}`);
    expectProblem(response, 400, 'validation-failed');
    expect(response.body.errors).toEqual([{ pointer: '/query', detail: 'has more than 100 fields' }]);
  });

  it('returns 400 for a body that is not UTF-8', async () => {
    const response = await fetch(gateway.url + HANDOUT, {
      method: 'POST',
      headers: {
        authorization: 'Bearer tg_demo_full_access',
        'content-type': 'application/json',
        'idempotency-key': 'k',
      },
      body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: '/docs/problems/validation-failed',
      detail: 'The body is not valid UTF-8: at line 1, column 3.',
    });
  });

  it.each<[string, object, string]>([
    ['', {}, 'There is no Content-Type header.'],
    ['text/plain', {}, 'The Content-Type is not application/json.'],
    ['application/x-www-form-urlencoded', {}, 'The Content-Type is not application/json.'],
    ['application/json; charset=iso-8859-1', {}, 'The charset of the Content-Type is not UTF-8.'],
    ['application/json', { 'content-encoding': 'gzip' }, 'The body has a Content-Encoding.'],
    ['nonsense', {}, 'The Content-Type is not application/json.'],
  ])('returns 415 for content type %j %j and names what is wrong', async (type, more, flaw) => {
    const response = await gateway.call('POST', HANDOUT, {
      body: '{"userId":"42"}',
      idempotencyKey: 'wrong-type',
      headers: { 'content-type': type, ...more },
    });
    expectProblem(response, 415, 'unsupported-media-type');
    expect(response.body.detail).toBe(`${flaw} Send the body as application/json in UTF-8, not compressed.`);
  });

  it('returns 413 for a body over 1 MiB', async () => {
    const body = JSON.stringify({ userId: 'x'.repeat(1024 * 1024) });
    expectProblem(
      await gateway.call('POST', HANDOUT, { body, idempotencyKey: 'big' }),
      413,
      'payload-too-large',
    );
  });

  it('names every refused field with a pointer, unknown fields included', async () => {
    const response = await gateway.call('POST', HANDOUT, {
      body: { userId: 42, surprise: true, 'a/b~c': 1 },
      idempotencyKey: 'fields',
    });
    expectProblem(response, 400, 'validation-failed');
    expect(response.body.errors).toEqual(
      expect.arrayContaining([
        { pointer: '/userId', detail: 'must be a string' },
        { pointer: '/surprise', detail: 'is not a known field' },
        { pointer: '/a~1b~0c', detail: 'is not a known field' },
        expect.objectContaining({ pointer: '/voucherGroupId' }),
      ]),
    );
  });

  it('lists at most 50 refused fields', async () => {
    const body = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`field${index}`, 1]));
    const response = await gateway.call('POST', HANDOUT, { body, idempotencyKey: 'many' });
    expect(response.body.errors).toHaveLength(50);
  });

  it.each(['/v1/users/%zz/entitlements', '/v1/users/%ff/entitlements', '/%'])(
    'returns 400 for the badly encoded path %s',
    async (path) => {
      expectProblem(await gateway.call('GET', path), 400, 'validation-failed');
    },
  );

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['two lengths', 'POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['headers over 16 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`, 413],
  ])('returns a problem for %s and closes the connection', async (_name, bytes, status) => {
    const response = await sendRaw(gateway.url, bytes);
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(response).toContain('application/problem+json');
    expect(response).toContain('Connection: close');
  });

  it('returns a sane X-Request-Id and replaces any other', async () => {
    const kept = await gateway.call('GET', '/health/live', { headers: { 'x-request-id': 'shop-1:42' } });
    expect(kept.headers.get('x-request-id')).toBe('shop-1:42');
    const replaced = await gateway.call('GET', '/health/live', { headers: { 'x-request-id': 'a b"c' } });
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('serves a page for every problem', async () => {
    for (const slug of Object.keys(PROBLEMS)) {
      const page = await gateway.call('GET', `/docs/problems/${slug}`, { key: null });
      expect([slug, page.status]).toEqual([slug, 200]);
      expect(page.text).toContain(slug);
    }
    expect(Object.keys(PROBLEM_ADVICE).toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
    expectProblem(await gateway.call('GET', '/docs/problems/constructor'), 404, 'route-not-found');
  });
});

function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let response = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => (response += chunk.toString()));
    socket.on('close', () => resolve(response));
    socket.on('error', reject);
  });
}
