import { once } from 'node:events';
import { connect } from 'node:net';
import { LINGER_BYTES_MAX } from '../../../src/http/server/refusals/lingering.close.js';
import { sendThenRead } from '../../support/network/body.sender.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { responsesOf, RawConnection, sendRaw } from '../../support/network/raw.http.js';

const MIB = 1024 * 1024;
const KEY = 'Authorization: Bearer tg_demo_full_access\r\n';
const HOST = 'Host: gateway\r\n';
const NOTHING = `POST /nothing HTTP/1.1\r\n${HOST}`;
const HANDOUT = `POST /v1/voucher-handouts HTTP/1.1\r\n${HOST}${KEY}Content-Type: application/json\r\n`;
const GRANT = `PUT /v1/users/938029/entitlements/1337 HTTP/1.1\r\n${HOST}${KEY}\r\n`;
const EXPECT = 'Expect: 100-continue\r\n';
const BODY = '{"userId":"42","voucherGroupId":"324673248"}';

const statusesOf = (received: string): number[] => responsesOf(received).map(({ status }) => status);
const limits = { headersMs: 10_000, requestMs: 30_000, idleMs: 5_000, checkEveryMs: 500 };

describe('what comes after a response that was early', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  it('is never run as a request', async () => {
    for (const [head, size] of [
      [NOTHING, 100_000],
      [`${NOTHING}Transfer-Encoding: chunked\r\n`, undefined],
      [HANDOUT, 2 * MIB],
      [`GET /health/live HTTP/1.1\r\n${HOST}`, 100_000],
      [`POST /v1/%zz HTTP/1.1\r\n${HOST}`, 100_000],
      [`GET /health/live HTTP/1.1\r\n${HOST}${HOST}`, 0],
      [`GET /health/live HTTP/1.1\r\n${HOST}${HOST}`, 10],
    ] as const) {
      const length = size === undefined ? '' : `Content-Length: ${size}\r\n`;
      const body = size === undefined ? `186a0\r\n${'a'.repeat(100_000)}\r\n0\r\n\r\n` : 'a'.repeat(size);
      await sendThenRead(gateway.url, { head: `${head}${length}\r\n`, body: Buffer.from(body + GRANT) });
    }
    // A call that was on its way has come by the time of this response.
    expect((await gateway.call('PUT', '/v1/users/42/entitlements/301694')).status).toBe(200);
    const granted = await gateway.spid.effects('product_grant');
    expect(granted.map((effect) => String((effect as { userId?: unknown }).userId))).toEqual(['42']);
  });

  it('is dropped although it is no HTTP, and takes no response away', async () => {
    const head = `${NOTHING}Transfer-Encoding: chunked\r\n\r\n`;
    const body = Buffer.from(`20000\r\n${'a'.repeat(131_072)}XX${'zz\r\n'.repeat(500_000)}`);
    expect(statusesOf(await sendThenRead(gateway.url, { head, body }))).toEqual([404]);
  });

  it('does not hurry the responses to the requests before it', async () => {
    await gateway.spid.fault('product_get', 'latency', 1, 100);
    const slow = `GET /v1/users/42/entitlements/1337 HTTP/1.1\r\n${HOST}${KEY}\r\n`;
    const head = `${slow}${NOTHING}Content-Length: ${2 * MIB}\r\n\r\n`;
    const received = await sendThenRead(gateway.url, { head, body: Buffer.alloc(2 * MIB, 'a') });
    expect(statusesOf(received)).toEqual([200, 404]);
  });

  it('makes no difference to a response that is no refusal', async () => {
    for (const size of [1, 12 * MIB]) {
      const head = `GET /health/live HTTP/1.1\r\n${HOST}Connection: close\r\nContent-Length: ${size}\r\n\r\n`;
      const received = await sendThenRead(gateway.url, { head, body: Buffer.alloc(size, 'a') });
      expect(statusesOf(received)).toEqual([200]);
    }
  });

  it('is read to a limit, however long it goes on', async () => {
    for (const head of [
      `${HANDOUT}Content-Length: ${2 ** 40}\r\n\r\n`,
      `${NOTHING}Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n`,
      `GET /health/live HTTP/1.1\r\n${HOST}Content-Length: ${2 ** 40}\r\n\r\n`,
      `${NOTHING}X: ${'x'.repeat(17_000)}\r\n`,
    ]) {
      const { received, sent } = await sendForEver(gateway.url, head);
      expect(statusesOf(received)).toHaveLength(1);
      // The systems between hold some of it.
      expect(sent).toBeLessThan(LINGER_BYTES_MAX + 32 * MIB);
    }
  });
});

describe('a client that neither sends nor ends', () => {
  it('does not keep the gateway from ending', async () => {
    const gateway = await startGateway({ timeouts: { ...limits, lingerMs: 600_000, lingerIdleMs: 600_000 } });
    const socket = connect({
      port: Number(new URL(gateway.url).port),
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    socket.on('error', () => undefined).resume();
    socket.write(`${NOTHING}Content-Length: ${2 * MIB}\r\n\r\n`);
    await once(socket, 'end');
    await gateway.close();
    socket.destroy();
  });
});

describe('Expect: 100-continue', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  it.each([
    ['too large a body', `${HANDOUT}${EXPECT}Content-Length: ${2 * MIB}\r\n\r\n`, 413],
    ['an unknown route', `${NOTHING}${EXPECT}Content-Length: 10\r\n\r\n`, 404],
    ['chunks for an unknown route', `${NOTHING}${EXPECT}Transfer-Encoding: chunked\r\n\r\n`, 404],
    ['another media type', `${HANDOUT.replace('json', 'xml')}${EXPECT}Content-Length: 10\r\n\r\n`, 415],
    ['a path that cannot be decoded', `PUT /%zz HTTP/1.1\r\n${HOST}${EXPECT}Content-Length: 9\r\n\r\n`, 400],
    [
      'a method that reads none',
      `GET /health/live HTTP/1.1\r\n${HOST}${EXPECT}Content-Length: 9\r\n\r\n`,
      200,
    ],
  ])('gets the response at once for %s, and is not asked for the body', async (_what, head, status) => {
    const received = await sendRaw(gateway.url, head);
    expect(statusesOf(received)).toEqual([status]);
    expect(received.toLowerCase()).toContain('\r\nconnection: close\r\n');
    const body = Buffer.alloc(2 * MIB, 'a');
    expect(statusesOf(await sendThenRead(gateway.url, { head, body }))).toEqual([status]);
  });

  it('is asked for a body that is wanted', async () => {
    const raw = new RawConnection(gateway.url);
    const head = `${HANDOUT}${EXPECT}Idempotency-Key: continue\r\nConnection: close\r\n`;
    raw.write(`${head}Content-Length: ${BODY.length}\r\n\r\n`);
    await raw.until('100 Continue\r\n\r\n');
    raw.write(BODY);
    expect(statusesOf(await raw.closed)).toEqual([100, 201]);
  });

  it('may send the body without waiting', async () => {
    const head = `${HANDOUT}${EXPECT}Idempotency-Key: at-once\r\nConnection: close\r\n`;
    const received = await sendRaw(gateway.url, `${head}Content-Length: ${BODY.length}\r\n\r\n${BODY}`);
    expect(statusesOf(received).at(-1)).toBe(201);
  });

  it('is asked before its key is judged, because the body is read first', async () => {
    const raw = new RawConnection(gateway.url);
    const head = `${HANDOUT.replace(KEY, '')}${EXPECT}Connection: close\r\n`;
    raw.write(`${head}Content-Length: ${BODY.length}\r\n\r\n`);
    await raw.until('100 Continue\r\n\r\n');
    raw.write(BODY);
    expect(statusesOf(await raw.closed)).toEqual([100, 401]);
  });
});

/** Sends until the other side is gone; how much it was, and what came. */
async function sendForEver(url: string, head: string): Promise<{ received: string; sent: number }> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  let sent = 0;
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(head);
  const piece = Buffer.alloc(256 * 1024, 'a');
  const more = (error?: Error | null): void => {
    if (error || socket.destroyed) return;
    sent += piece.length;
    socket.write(piece, more);
  };
  more();
  await new Promise((resolve) => socket.once('close', resolve));
  return { received, sent };
}
