import type { Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Metrics } from '../../src/telemetry/metrics.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a gateway that is closed', () => {
  let gateway: TestGateway;

  async function started(): Promise<WeakRef<object>> {
    gateway = await startGateway();
    expect((await gateway.call('GET', '/metrics')).status).toBe(200);
    return new WeakRef(gateway.app.get(Metrics, { strict: false }));
  }

  it('leaves nothing in memory, although its test file still refers to it', async () => {
    const part = await started();
    await gateway.close();
    await gateway.close();
    await until('it is collected', () => {
      collectGarbage();
      return part.deref() === undefined;
    });
    expect(() => gateway.app).toThrow('the gateway is closed');
  });

  it('ends the connection of a request in flight with its response', async () => {
    gateway = await startGateway();
    const { spid } = gateway;
    await spid.fault('product_get', 'latency', 1, 2_000);
    const call = gateway.call('GET', '/v1/users/938029/entitlements/1337');
    const heldBack = async () =>
      ((await spid.control('GET', '/__faults')) as { readonly heldBack: number }).heldBack;
    await until('it is in flight', async () => (await heldBack()) === 1);
    const closed = gateway.close();
    const { status, headers } = await call;
    expect([status, headers.get('connection')]).toEqual([200, 'close']);
    await closed;
  });

  it('cuts what is open after its time', async () => {
    gateway = await startGateway();
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.write('POST /v1/voucher-handouts HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n');
    const server: Server = gateway.app.getHttpServer();
    const connections = promisify(server.getConnections.bind(server));
    await until('it is connected', async () => (await connections()) === 1);
    const received = text(socket.on('error', () => undefined));
    await gateway.close(0);
    expect(await received).toBe('');
  });
});
