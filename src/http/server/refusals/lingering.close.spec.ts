import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { LingeringClose } from './lingering.close.js';

const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n';
const LONG_MS = 600_000;

describe('LingeringClose', () => {
  let server: Server;
  let requests = 0;

  /** A server that responds before it has read anything, and a client that has the response and our end. */
  async function clientWithResponse(closing: LingeringClose): Promise<Socket> {
    requests = 0;
    server = createServer(({ socket }, response) => {
      requests += 1;
      closing.arrange(socket);
      response.setHeader('connection', 'close').end('early');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => undefined);
    client.write(HEAD);
    let received = '';
    for await (const chunk of client.iterator({ destroyOnReturn: false })) received += String(chunk);
    expect(received).toMatch(/^HTTP\/1.1 200 [^]*early$/);
    return client;
  }

  /** Resolves when the other side has gone: a byte that comes too late gets a reset. */
  async function gone(client: Socket, everyMs: number): Promise<void> {
    const drip = setInterval(() => client.write('a'), everyMs);
    await new Promise((resolve) => client.once('close', resolve));
    clearInterval(drip);
  }

  const openSockets = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );

  const allGone = async (): Promise<void> => {
    while ((await openSockets()) > 0) await new Promise((resolve) => setImmediate(resolve));
  };

  afterEach(() => server.close());

  it('closes when no byte arrives for idleMs', async () => {
    const client = await clientWithResponse(new LingeringClose({ totalMs: LONG_MS, idleMs: 50 }));
    await gone(client, 300);
  });

  it('stays open while bytes arrive, up to totalMs', async () => {
    const started = performance.now();
    const client = await clientWithResponse(new LingeringClose({ totalMs: 400, idleMs: 200 }));
    await gone(client, 10);
    expect(performance.now() - started).toBeGreaterThan(350);
  });

  it('closes when the client ends its side', async () => {
    const client = await clientWithResponse(new LingeringClose({ totalMs: LONG_MS, idleMs: LONG_MS }));
    expect(await openSockets()).toBe(1);
    client.end('a'.repeat(100_000));
    await once(client, 'close');
    await allGone();
  });

  it('closes within a second when the server closes, arranged before or after', async () => {
    const closing = new LingeringClose({ totalMs: LONG_MS, idleMs: LONG_MS });
    const before = await clientWithResponse(closing);
    const first = server;
    closing.hurry();
    const after = await clientWithResponse(closing);
    await Promise.all([gone(before, 20), gone(after, 20)]);
    first.close();
  });

  it('passes no further byte to the HTTP parser', async () => {
    const client = await clientWithResponse(new LingeringClose({ totalMs: LONG_MS, idleMs: LONG_MS }));
    client.end('a'.repeat(1_000_000) + HEAD);
    await once(client, 'close');
    await allGone();
    expect(requests).toBe(1);
  });
});
