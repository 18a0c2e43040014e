import { ApiDocument, type ApiOperation } from '../../fuzz/api.document.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { sendRaw } from '../../support/raw.http.js';
import { withRoomyLimits } from '../../support/roomy.limits.js';

/** Ways to say that there is a body, and to send no byte of it. */
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
