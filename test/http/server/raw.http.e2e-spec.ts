import { startGateway, type TestGateway } from '../../support/gateway.js';
import { responsesOf, RawConnection, sendRaw } from '../../support/network/raw.http.js';

const KEY = 'Authorization: Bearer tg_demo_full_access\r\n';
const HEALTH = 'GET /health/live HTTP/1.1\r\nHost: gateway\r\n';
const POST = 'POST /v1/voucher-handouts HTTP/1.1\r\nHost: gateway\r\n';
const WRITE = `${POST}${KEY}Idempotency-Key: raw\r\nContent-Type: application/json\r\n`;
const CHUNKED = `${WRITE}Transfer-Encoding: chunked\r\n\r\n`;

describe('bytes that are not one clear request', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  it.each([
    ['a length and chunks', `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ['two equal lengths', `${POST}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
    ['a list of lengths', `${POST}Content-Length: 1, 1\r\n\r\na`],
    ['a negative length', `${POST}Content-Length: -1\r\n\r\n`],
    ['a signed length', `${POST}Content-Length: +5\r\n\r\nhello`],
    ['a length in hex', `${POST}Content-Length: 0x5\r\n\r\nhello`],
    ['a length beyond all numbers', `${POST}Content-Length: 99999999999999999999\r\n\r\n`],
    ['an unknown coding', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['the identity coding', `${POST}Transfer-Encoding: identity\r\n\r\n`],
    ['a coding before chunks', `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a coding after chunks', `${POST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    [
      'chunks, then identity',
      `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunks in HTTP/1.0',
      'POST /v1/x HTTP/1.0\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a blank before a colon', 'GET /health/live HTTP/1.1\r\nHost : gateway\r\n\r\n'],
    ['a folded header', `${HEALTH}X-Note: 1\r\n  2\r\n\r\n`],
    ['bare line feeds', 'GET /health/live HTTP/1.1\nHost: gateway\n\n'],
    ['a bare carriage return', 'GET /health/live HTTP/1.1\r\nHost: gateway\rX-Note: 1\r\n\r\n'],
    ['a zero byte in a header', `${HEALTH}X-Note: a\0b\r\n\r\n`],
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['two hosts', `${HEALTH}Host: other\r\n\r\n`],
    ['two content types', `${WRITE}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}`],
    ['HTTP/0.9', 'GET /health/live\r\n\r\n'],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/3.0', 'GET /health/live HTTP/3.0\r\nHost: gateway\r\n\r\n'],
    ['an unknown method', 'FOO /health/live HTTP/1.1\r\nHost: gateway\r\n\r\n'],
    ['a byte over 127 in the path', 'GET /health/live\xff HTTP/1.1\r\nHost: gateway\r\n\r\n'],
    ['a chunk size that is no number', `${CHUNKED}zz\r\n{}\r\n0\r\n\r\n`],
    ['a chunk size beyond all numbers', `${CHUNKED}fffffffffffffffff\r\n{}\r\n0\r\n\r\n`],
    ['a chunk longer than its size', `${CHUNKED}2\r\n{}XX0\r\n\r\n`],
    ['endless chunk extensions', `${CHUNKED}2;a=${'b'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`],
  ])('returns 400 for %s, once, and closes', async (_name, bytes) => {
    const responses = responsesOf(await sendRaw(gateway.url, bytes));
    expect(responses.map(({ status }) => status)).toEqual([400]);
    expect(responses[0]?.text.toLowerCase()).toContain('\r\ncontent-type: application/problem+json');
    expect(responses[0]?.text.toLowerCase()).toContain('\r\nconnection: close\r\n');
    expect(responses[0]?.text).toContain('/docs/problems/');
  });

  it('never runs a request that was hidden in the body of a refused one', async () => {
    const hidden = `PUT /v1/users/938029/entitlements/1337 HTTP/1.1\r\nHost: gateway\r\n${KEY}\r\n`;
    const length = `Content-Length: ${hidden.length}\r\n`;
    await sendRaw(gateway.url, `${POST}${length}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`);
    await sendRaw(gateway.url, `${POST}${length}Transfer-Encoding: xchunked\r\n\r\n${hidden}`);
    await sendRaw(gateway.url, `${HEALTH}Host: other\r\n\r\n${hidden}`);
    expect(await gateway.spid.effects('product_grant')).toEqual([]);
  });

  it.each(['*', '*/v1', '*?a=1'])('responds to the target %s as to any unknown path', async (target) => {
    const bytes = `GET ${target} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\nX-Request-Id: star\r\n\r\n`;
    const [response] = responsesOf(await sendRaw(gateway.url, bytes));
    expect(response?.status).toBe(404);
    expect(response?.text).toContain('x-content-type-options: nosniff');
    expect(response?.text).toContain('"instance":"urn:tollgate:request:star"');
  });

  it('responds to pipelined requests in their order, each with its own id', async () => {
    const ask = (id: string, more = '') => `${HEALTH}X-Request-Id: ${id}\r\n${more}\r\n`;
    const raw = sendRaw(gateway.url, ask('p-1') + ask('p-2') + ask('p-3', 'Connection: close\r\n'));
    expect((await raw).match(/x-request-id: p-\d/g)).toEqual([
      'x-request-id: p-1',
      'x-request-id: p-2',
      'x-request-id: p-3',
    ]);
  });

  it('responds to the requests before a broken one, then refuses that one', async () => {
    await gateway.spid.fault('product_get', 'latency', 1, 50);
    const slow = `GET /v1/users/42/entitlements/1337 HTTP/1.1\r\nHost: gateway\r\n${KEY}\r\n`;
    const responses = responsesOf(await sendRaw(gateway.url, `${slow}${HEALTH}\r\nGARBAGE\r\n\r\n`));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 400]);
    expect(responses[0]?.text).toContain('"granted":true');
  });

  it.each([
    ['CONNECT', 'CONNECT upstream:443 HTTP/1.1\r\nHost: upstream:443\r\n\r\n', 405],
    ['TRACE', 'TRACE /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 405],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
    ['a doubled slash', 'GET //health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
    ['too long a path', `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 413],
  ])('returns a problem for %s', async (_name, bytes, status) => {
    const received = await sendRaw(gateway.url, bytes);
    expect(responsesOf(received).map((response) => response.status)).toEqual([status]);
    expect(received).toContain('/docs/problems/');
  });

  it.each([
    ['an upgrade', `${HEALTH}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`],
    ['an expectation it does not know', `${HEALTH}Connection: close\r\nExpect: magic\r\n\r\n`],
    ['an absolute target', 'GET http://other/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('ignores %s', async (_name, bytes) => {
    expect(responsesOf(await sendRaw(gateway.url, bytes)).map(({ status }) => status)).toEqual([200]);
  });
});

describe('a client that is too slow', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    const lingering = { lingerMs: 300, lingerIdleMs: 100 };
    const timeouts = { headersMs: 150, requestMs: 300, idleMs: 50, checkEveryMs: 20, ...lingering };
    gateway = await startGateway({ timeouts });
  });

  afterAll(() => gateway.close());

  it.each([
    ['sends nothing', ''],
    ['stops within the headers', 'GET /health/live HTTP/1.1\r\nHost: gateway\r\nX-'],
    ['stops within the body', `${WRITE}Content-Length: 20\r\n\r\n{"userId":`],
    ['stops within a chunk', `${CHUNKED}10\r\n{"userId":`],
  ])('gets 408 and is cut off when it %s', async (_name, bytes) => {
    const responses = responsesOf(await sendRaw(gateway.url, bytes));
    expect(responses.map(({ status }) => status)).toEqual([408]);
    expect(responses[0]?.text).toContain('/docs/problems/request-timeout');
    expect(await gateway.spid.effects('voucher_handout')).toEqual([]);
  });

  it('is cut off although it keeps sending header by header', async () => {
    const raw = new RawConnection(gateway.url);
    raw.write('GET /health/live HTTP/1.1\r\nHost: gateway\r\n');
    const drip = setInterval(() => raw.write('X-Drip: 1\r\n'), 10);
    const received = await raw.closed.finally(() => clearInterval(drip));
    expect(responsesOf(received).map(({ status }) => status)).toEqual([408]);
  });

  it('is cut off without a word when it keeps an idle connection', async () => {
    const received = await sendRaw(gateway.url, `${HEALTH}\r\n`);
    expect(responsesOf(received).map(({ status }) => status)).toEqual([200]);
  });

  it('does not end a response that takes the upstream longer', async () => {
    await gateway.spid.fault('product_get', 'latency', 1, 500);
    const response = await gateway.call('GET', '/v1/users/42/entitlements/1337');
    expect(response.status).toBe(200);
  });
});
