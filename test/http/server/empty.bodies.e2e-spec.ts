import { ApiDocument, type ApiOperation } from '../../fuzz/api.document.js';
import { FULL_ACCESS_KEY, READ_ONLY_KEY, startGateway, type TestGateway } from '../../support/gateway.js';
import { sendRaw } from '../../support/network/raw.http.js';
import { withRoomyLimits } from '../../support/roomy.limits.js';

/** Ways to announce a body, and to send no byte of it. */
const EMPTY: [string, string, string][] = [
  ['curl -d ""', 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n', ''],
  ['text/plain', 'Content-Type: text/plain;charset=UTF-8\r\nContent-Length: 0\r\n', ''],
  ['JSON', 'Content-Type: application/json\r\nContent-Length: 0\r\n', ''],
  ['a type alone', 'Content-Type: text/plain\r\n', ''],
  ['a length alone', 'Content-Length: 0\r\n', ''],
  ['chunks without a type', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'],
  ['chunks of text', 'Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'],
  ['chunks and a trailer', 'Content-Type: a/b\r\nTransfer-Encoding: chunked\r\n', '0\r\nX-A: b\r\n\r\n'],
  ['a form', 'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 0\r\n', ''],
  ['no media type', 'Content-Type: ;\r\nContent-Length: 0\r\n', ''],
  ['an empty type', 'Content-Type:\r\nContent-Length: 0\r\n', ''],
  ['a charset', 'Content-Type: application/json; charset=utf-16\r\nContent-Length: 0\r\n', ''],
  ['a coding', 'Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 00\r\n', ''],
];

let gateway: TestGateway;
let writes: readonly ApiOperation[];
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: withRoomyLimits });
  const { body } = await gateway.call('GET', '/openapi.json', { key: null });
  writes = new ApiDocument(body).operations.filter(({ method }) => method !== 'GET');
});
afterAll(() => gateway.close());

/** Status and type of the problem, if there is one. */
async function send(method: string, path: string, headers: string, body = ''): Promise<string> {
  // Import2 takes ten requests a second: a migration without a key is refused before it is asked.
  const idempotency = path.startsWith('/v1/migrations') ? '' : `Idempotency-Key: empty-${(keys += 1)}\r\n`;
  const key = `Authorization: Bearer tg_demo_full_access\r\n${idempotency}`;
  const head = `${method} ${path} HTTP/1.1\r\nHost: gateway\r\n${key}Connection: close\r\n${headers}\r\n`;
  const received = await sendRaw(gateway.url, head + body);
  return `${received.slice(9, 12)} ${/\/docs\/problems\/[a-z-]+/.exec(received)?.[0] ?? ''}`;
}

function pathOf({ path, parameters }: ApiOperation): string {
  return parameters.reduce(
    (text, { name, example }) =>
      text.replace(`{${name}}`, encodeURIComponent(typeof example === 'string' ? example : '1')),
    path,
  );
}

describe('a body on a route that takes none', () => {
  /** As `METHOD path`, the same for every body. */
  async function refusals(body: string, key = FULL_ACCESS_KEY): Promise<unknown[]> {
    const bare = writes.filter(({ path, body: schema }) => path.startsWith('/v1/') && !schema);
    expect(bare).toHaveLength(5);
    const responses = bare.map(async (operation) => {
      const idempotencyKey = `bare-${(keys += 1)}`;
      const response = await gateway.call(operation.method, pathOf(operation), { body, idempotencyKey, key });
      const { type, detail, outcome, errors } = response.body;
      return [operation.method, operation.path, type ? { type, detail, outcome, errors } : response.status];
    });
    return Promise.all(responses);
  }

  it.each([
    ['{"expires":"2030-01-01","a/b":1}', ['/expires', '/a~1b'], 'is not a known field'],
    ['{"userId":"42"}', ['/userId'], 'is not a known field'],
    ['{"":{}}', ['/'], 'is not a known field'],
    ['[]', [''], 'must be absent or {}'],
    ['"{}"', [''], 'must be absent or {}'],
    ['0', [''], 'must be absent or {}'],
    ['false', [''], 'must be absent or {}'],
  ])('is refused before anything is executed: %s', async (body, pointers, detail) => {
    const effects = [gateway.spid, gateway.import2].map(async (vendor) => (await vendor.effects()).length);
    const before = await Promise.all(effects);
    const refusal = {
      type: '/docs/problems/validation-failed',
      detail: 'This route takes no body.',
      outcome: 'not_executed',
      errors: pointers.map((pointer) => ({ pointer, detail })),
    };
    for (const each of await refusals(body))
      expect(each).toEqual([expect.anything(), expect.anything(), refusal]);
    const after = [gateway.spid, gateway.import2].map(async (vendor) => (await vendor.effects()).length);
    expect(await Promise.all(after)).toEqual(before);
  });

  it('is refused to those only who may call the route', async () => {
    for (const [, , { type }] of (await refusals('{"a":1}', 'tg_demo_unknown')) as [
      string,
      string,
      { type: string },
    ][])
      expect(type).toBe('/docs/problems/unauthenticated');
    for (const [, , { type }] of (await refusals('{"a":1}', READ_ONLY_KEY)) as [
      string,
      string,
      { type: string },
    ][])
      expect(type).toBe('/docs/problems/forbidden');
  });

  it.each(['{}', ' {\n} ', 'null', ' ', '\r\n\t'])('is no body when it is empty: %j', async (body) => {
    const grant = await gateway.call('PUT', '/v1/users/42/entitlements/1337', { body });
    expect([grant.status, grant.body.granted]).toEqual([200, true]);
    expect(JSON.stringify(await refusals(body))).not.toContain('This route takes no body.');
  });
});

describe('a body of no bytes', () => {
  it.each(EMPTY)('is no body on any route: %s', async (_what, headers, body) => {
    expect(writes.length).toBeGreaterThan(10);
    for (const operation of writes) {
      const { method } = operation;
      const path = pathOf(operation);
      const [plain, empty] = [await send(method, path, ''), await send(method, path, headers, body)];
      expect([method, path, empty]).toEqual([method, path, plain]);
      expect(empty).not.toMatch(/^(415|500|000)/);
    }
  });

  it.each(EMPTY)('grants what needs none: %s', async (_what, headers, body) => {
    expect(await send('PUT', '/v1/users/42/entitlements/1337', headers, body)).toBe('200 ');
  });

  it.each([
    ['a blank', 'Content-Type: text/plain\r\nContent-Length: 1\r\n', ' ', '415'],
    ['a line end', 'Content-Type: application/json\r\nContent-Length: 2\r\n', '\r\n', '400'],
    [
      'a chunk of text',
      'Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n',
      '1\r\na\r\n0\r\n\r\n',
      '415',
    ],
    ['bytes without a type', 'Content-Length: 2\r\n', '{}', '415'],
    [
      'another charset',
      'Content-Type: application/json;charset=latin1\r\nContent-Length: 2\r\n',
      '{}',
      '415',
    ],
    ['JSON by another name', 'Content-Type: application/jsonp\r\nContent-Length: 2\r\n', '{}', '415'],
    [
      'compressed JSON',
      'Content-Type: application/json\r\nContent-Encoding: br\r\nContent-Length: 2\r\n',
      '{}',
      '415',
    ],
    ['JSON', 'Content-Type: APPLICATION/JSON ; Charset="UTF-8"\r\nContent-Length: 2\r\n', '{}', '400'],
  ])('is not what this is: %s', async (_what, headers, body, status) => {
    expect(await send('POST', '/v1/voucher-handouts', headers, body)).toMatch(new RegExp(`^${status}`));
  });
});
