import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Metrics } from '../../telemetry/metrics.js';
import { RequestsInFlight } from './requests.in.flight.js';

describe('RequestsInFlight', () => {
  let inFlight: RequestsInFlight;
  let server: Server;
  let client: Socket;
  let respond: (() => void)[];

  beforeEach(async () => {
    inFlight = new RequestsInFlight(new Metrics());
    respond = [];
    server = createServer((request, response) => {
      inFlight.begin(request.socket, response);
      respond.push(() => response.end('x'));
      server.emit('arrived');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined).resume();
  });

  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  const send = async (requests: number) => {
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(requests));
    while (respond.length < requests) await once(server, 'arrived');
  };

  const until = async (count: number) => {
    while (inFlight.count !== count) await new Promise((resolve) => setImmediate(resolve));
  };

  it('counts a request until its response is complete, on a connection that stays open', async () => {
    await send(1);
    expect(inFlight.count).toBe(1);
    respond[0]?.();
    await until(0);
    expect(client.destroyed).toBe(false);
  });

  it('counts no request of a connection that is gone, also where responses wait behind another one', async () => {
    await send(3);
    expect(inFlight.count).toBe(3);
    client.destroy();
    await until(0);
    for (const each of respond) each();
    await new Promise((resolve) => setImmediate(resolve));
    expect(inFlight.count).toBe(0);
  });

  it('counts pipelined requests one by one', async () => {
    await send(3);
    respond[0]?.();
    respond[1]?.();
    await until(1);
    respond[2]?.();
    await until(0);
  });
});
