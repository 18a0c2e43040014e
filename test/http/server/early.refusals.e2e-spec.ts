import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { chunked, sendThenRead } from '../../support/network/body.sender.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { responsesOf, RawConnection } from '../../support/network/raw.http.js';

const MIB = 1024 * 1024;
const KEY = 'Authorization: Bearer tg_demo_full_access\r\n';
const HOST = 'Host: gateway\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const HANDOUT = `POST /v1/voucher-handouts HTTP/1.1\r\n${HOST}${KEY}Idempotency-Key: early\r\n`;

/** More than a body may have, and more than the systems between hold. */
const SIZES = [1.3, 12].map((mib) => Math.round(mib * MIB));

/** What, the head without its length, the status. */
const REFUSALS: [string, string, number][] = [
  ['too large a body', `${HANDOUT}${JSON_TYPE}`, 413],
  ['another media type', `${HANDOUT}Content-Type: text/plain\r\n`, 415],
  ['a broken media type', `${HANDOUT}Content-Type: ;\r\n`, 415],
  ['a coding', `${HANDOUT}${JSON_TYPE}Content-Encoding: gzip\r\n`, 415],
  ['an unknown route', `POST /nothing HTTP/1.1\r\n${HOST}${JSON_TYPE}`, 404],
  ['another method', `PUT /v1/voucher-handouts HTTP/1.1\r\n${HOST}${KEY}${JSON_TYPE}`, 405],
  ['a method that reads no body', `DELETE /health/live HTTP/1.1\r\n${HOST}`, 405],
  ['a path that cannot be decoded', `POST /v1/%zz HTTP/1.1\r\n${HOST}${JSON_TYPE}`, 400],
  ['two hosts', `${HANDOUT}${HOST}${JSON_TYPE}`, 400],
  ['headers that are too large', `${HANDOUT}${JSON_TYPE}X: ${'x'.repeat(17_000)}\r\n`, 413],
  ['a folded header', `${HANDOUT}X: 1\r\n 2\r\n${JSON_TYPE}`, 400],
  ['CONNECT', `CONNECT a:1 HTTP/1.1\r\n${HOST}`, 405],
  ['a webhook', `POST /webhooks/import2/demo HTTP/1.1\r\n${HOST}${JSON_TYPE}`, 413],
];

/** One for each place that refuses; the others differ from these only in their status. */
const PLACES = new Set([
  'too large a body',
  'an unknown route',
  'two hosts',
  'headers that are too large',
  'CONNECT',
]);
const sizesFor = (what: string): number[] => (PLACES.has(what) ? SIZES : SIZES.slice(0, 1));

describe('a refusal before the body has come', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const isProblem = (received: string, status: number): void => {
    const responses = responsesOf(received);
    expect(responses.map((response) => response.status)).toEqual([status]);
    expect(responses[0]?.text.toLowerCase()).toContain('\r\nconnection: close\r\n');
    expect(responses[0]?.text).toMatch(/"instance":"[^"]+".*\}$/s);
  };

  it.each(REFUSALS)('for %s reaches a client that reads when it has sent all', async (what, head, status) => {
    for (const size of sizesFor(what)) {
      const lengthy = `${head}Content-Length: ${size}\r\n\r\n`;
      isProblem(await sendThenRead(gateway.url, { head: lengthy, body: Buffer.alloc(size, 'a') }), status);
    }
    expect(await gateway.spid.effects('voucher_handout')).toEqual([]);
  });

  it.each(REFUSALS)('for %s reaches a client that sends chunks', async (what, head, status) => {
    for (const size of sizesFor(what)) {
      const body = chunked(Buffer.alloc(size, 'a'), 50_000);
      isProblem(
        await sendThenRead(gateway.url, { head: `${head}Transfer-Encoding: chunked\r\n\r\n`, body }),
        // What is not refused for its head alone is refused for its size.
        status === 415 ? 413 : status,
      );
    }
  });

  it('reaches a client that sends slowly', async () => {
    const body = Buffer.alloc(2 * MIB, 'a');
    const head = `${HANDOUT}${JSON_TYPE}Content-Length: ${body.length}\r\n\r\n`;
    isProblem(await sendThenRead(gateway.url, { head, body, piece: 32 * 1024, everyMs: 10 }), 413);
    const chunks = chunked(body, 7_000);
    const other = `POST /nothing HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
    isProblem(
      await sendThenRead(gateway.url, { head: other, body: chunks, piece: 32 * 1024, everyMs: 10 }),
      404,
    );
  });

  it('reaches a client that ends its side when it has sent all', async () => {
    const size = 2 * MIB;
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.end(
      Buffer.concat([
        Buffer.from(`${HANDOUT}${JSON_TYPE}Content-Length: ${size}\r\n\r\n`),
        Buffer.alloc(size, 'a'),
      ]),
    );
    await once(socket, 'finish');
    let received = '';
    for await (const chunk of socket) received += String(chunk);
    isProblem(received, 413);
  });

  it.each(SIZES)('reaches fetch with %d bytes', async (size) => {
    const body = 'a'.repeat(size);
    for (let times = 0; times < 2; times += 1) {
      const responses = await Promise.all([
        gateway.call('POST', '/v1/voucher-handouts', { body, idempotencyKey: 'fetch' }),
        gateway.call('POST', '/nothing', { body }),
        gateway.call('PUT', '/v1/users/42/entitlements/1337', {
          body,
          headers: { 'content-type': 'a/b' },
        }),
      ]);
      expect(responses.map(({ status }) => status)).toEqual([413, 404, 415]);
      expect(responses.every(({ body: problem }) => problem.status >= 400)).toBe(true);
    }
  });

  it('reaches fetch with a stream', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(Buffer.alloc(64 * 1024, 'a'));
        if ((pulled += 1) === 100) controller.close();
      },
    });
    let pulled = 0;
    const response = await fetch(`${gateway.url}/v1/voucher-handouts`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer tg_demo_full_access',
        'content-type': 'application/json',
        'idempotency-key': 'k',
      },
      body: stream,
      duplex: 'half',
    });
    expect([response.status, ((await response.json()) as { status: number }).status]).toEqual([413, 413]);
  });

  it.each(SIZES)('reaches the client of node with %d bytes, and its agent goes on', async (size) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (path: string, bytes: number, expect?: string): Promise<number> => {
      const headers = {
        'content-type': 'application/json',
        'content-length': bytes,
        ...(expect && { expect }),
      };
      const asked = httpRequest(`${gateway.url}${path}`, { method: 'POST', agent, headers });
      if (expect) asked.flushHeaders();
      else asked.end(Buffer.alloc(bytes, 'a'));
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      for await (const _ of response) void _;
      if (expect) asked.destroy();
      return response.statusCode ?? 0;
    };
    const statuses = [
      await ask('/v1/voucher-handouts', size),
      await ask('/nothing', size),
      await ask('/nothing', 10),
    ];
    expect(statuses).toEqual([413, 404, 404]);
    agent.destroy();
  });

  it('keeps the connection when the body is small and comes soon', async () => {
    const raw = new RawConnection(gateway.url);
    const head = (id: string, bytes: number) =>
      `POST /nothing HTTP/1.1\r\n${HOST}X-Request-Id: ${id}\r\nContent-Length: ${bytes}\r\n\r\n`;
    raw.write(head('early-1', 20_000) + 'a'.repeat(20_000));
    await raw.until('request:early-1');
    raw.write(`${head('early-2', 20_000)}${'a'.repeat(19_999)}`);
    setTimeout(() => raw.write('a'), 10);
    await raw.until('request:early-2');
    raw.write(`GET /health/live HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
    expect(responsesOf(await raw.closed).map(({ status }) => status)).toEqual([404, 404, 200]);
  });
});
