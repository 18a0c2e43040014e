import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { DatabaseLine } from './database.line.js';
import { until } from '../../support/until.js';

describe('the line between a gateway and its database', () => {
  let server: Server;
  let line: DatabaseLine;
  let received = '';
  const clients: Socket[] = [];

  beforeEach(async () => {
    received = '';
    // Echoes; what it got is what the database got.
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        received += chunk.toString();
        socket.write(chunk);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    line = await DatabaseLine.start((server.address() as AddressInfo).port);
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    line.close();
    server.close();
  });

  async function gateway(): Promise<Socket> {
    const client = connect(line.port, '127.0.0.1');
    client.on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  }

  it('passes everything in both directions', async () => {
    const client = await gateway();
    client.write('select 1');
    const [back] = (await once(client, 'data')) as [Buffer];
    expect([received, back.toString()]).toEqual(['select 1', 'select 1']);
  });

  it('holds one packet and what follows on its connection, and no other connection', async () => {
    const [one, other] = [await gateway(), await gateway()];
    const packet = line.hold('"claim":"a"');
    one.write('{"claim":"a"}');
    await packet.arrived;
    one.write(' and more');
    other.write('{"claim":"b"}');
    await until('the other is through', () => received === '{"claim":"b"}');

    packet.release();
    await until('all is through', () => received === '{"claim":"b"}{"claim":"a"} and more');
    one.write('{"claim":"a"}');
    await until('a hold holds once', () => received.endsWith('more{"claim":"a"}'));
  });

  it('delivers a late packet of a gateway that has given up, as a network does', async () => {
    const client = await gateway();
    const packet = line.hold('late');
    client.write('late');
    await packet.arrived;
    client.destroy();
    await once(client, 'close');
    expect(received).toBe('');

    packet.release();
    await until('it is there', () => received === 'late');
  });

  it('holds nothing that was released before it came', async () => {
    const client = await gateway();
    line.hold('never').release();
    client.write('never');
    await until('it is through', () => received === 'never');
  });

  it('ends the connection of a gateway whose database ends it', async () => {
    const client = await gateway();
    client.write('select 1');
    await once(client, 'data');
    server.close();
    line.close();
    await once(client, 'close');
    expect(client.destroyed).toBe(true);
  });
});
