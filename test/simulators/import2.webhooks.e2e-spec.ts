import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FIRST_WEBHOOK_MS, startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import type { RunningSimulator } from '../../src/simulators/simulator.js';

interface Delivery {
  readonly body: string;
  readonly signature: string | string[] | undefined;
  readonly contentType: string | undefined;
}

const SECRET = 'webhook-demo-secret';

describe('webhooks of the Import2 simulator', () => {
  let receiver: Server;
  let deliveries: Delivery[];
  let responseStatus: number;
  let arrived: () => void;
  let simulator: RunningSimulator;
  let now: number;

  beforeEach(async () => {
    deliveries = [];
    responseStatus = 200;
    now = Date.UTC(2026, 0, 15);
    arrived = () => undefined;
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'x-authorization-content-sha256': signature, 'content-type': contentType } = request.headers;
        deliveries.push({ body: Buffer.concat(chunks).toString(), signature, contentType });
        response.writeHead(responseStatus).end();
        arrived();
      });
    });
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  });

  afterEach(async () => {
    await simulator.close();
    receiver.closeAllConnections();
    await new Promise((done) => receiver.close(done));
  });

  const receiverUrl = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const start = async (webhook?: { url: string; secret?: string }) => {
    simulator = await startImport2Simulator({
      port: 0,
      stepMs: 5_000,
      now: () => now,
      ...(webhook ? { webhook } : {}),
    });
  };
  const post = async (path: string, body: object = {}, method = 'POST') => {
    const response = await fetch(simulator.url + path, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from('aafbdfde226327dafc73:X').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: JSON.parse((await response.text()) || '{}') };
  };
  const create = async (properties: object = {}): Promise<string> =>
    (await post('/api/v2.1/imports', { source_tool: 'tumblr', ...properties })).json.id;
  const count = (wanted: number) =>
    new Promise<void>((done) => {
      arrived = () => deliveries.length >= wanted && done();
      arrived();
    });
  const statuses = () => deliveries.map(({ body }) => JSON.parse(body).status);
  const advance = async (id: string, steps: number) => {
    for (let step = 0; step < steps; step += 1) await post(`/__migrations/${id}/advance`);
  };

  it('reports start, sample, full migration, undo and its end, in order and each once', async () => {
    await start({ url: receiverUrl() });
    const id = await create();
    await advance(id, 5);
    await post(`/__migrations/${id}/undo`);
    await advance(id, 2);
    await count(5);
    expect(statuses()).toEqual([
      'Sample migration in progress',
      'Sample migration completed',
      'Migration completed',
      'Undo in progress',
      'Migration cleaned',
    ]);
  });

  it('sends the first webhook after the time that the demo announces', async () => {
    const webhook = { url: receiverUrl() };
    simulator = await startImport2Simulator({ port: 0, now: () => now, webhook });
    const id = await create();
    const statusAfter = async (ms: number) => {
      now += ms;
      return (await post(`/__migrations/${id}/undo`)).status;
    };
    // Refused until there is data to undo, which is read at the step that is announced.
    expect([await statusAfter(FIRST_WEBHOOK_MS - 1), await statusAfter(1)]).toEqual([409, 200]);
    await count(1);
    expect(statuses()[0]).toBe('Sample migration in progress');
  });

  it('reports the start of a migration without a sample', async () => {
    await start({ url: receiverUrl() });
    await advance(await create({ start_full: true }), 3);
    await count(2);
    expect(statuses()).toEqual(['Migration in progress', 'Migration completed']);
  });

  it('sends the documented body, signed over its raw bytes in lowercase hex', async () => {
    await start({ url: receiverUrl(), secret: SECRET });
    const id = await create();
    await advance(id, 2);
    await count(1);
    const [delivery] = deliveries;
    expect(JSON.parse(delivery?.body ?? '')).toEqual({
      id,
      token: expect.stringMatching(/^[0-9a-f]{32}$/),
      status_code: 'scheduled',
      status: 'Sample migration in progress',
      users: {
        source_tool: expect.any(Number),
        destination_tool: expect.any(Number),
        matched: expect.any(Number),
      },
      timestamp: now,
    });
    const expected = createHmac('sha256', SECRET)
      .update(delivery?.body ?? '')
      .digest('hex');
    expect(delivery).toMatchObject({ signature: expected, contentType: 'application/json' });
  });

  it('omits the signature without a secret', async () => {
    await start({ url: receiverUrl() });
    await advance(await create(), 2);
    await count(1);
    expect(deliveries[0]?.signature).toBeUndefined();
  });

  it('does not resend a refused webhook', async () => {
    responseStatus = 500;
    await start({ url: receiverUrl() });
    await advance(await create(), 3);
    await count(2);
    expect(statuses()).toEqual(['Sample migration in progress', 'Sample migration completed']);
  });

  it('sends the next webhook after an unreachable receiver', async () => {
    await start({ url: 'http://127.0.0.1:9/hook' });
    const id = await create();
    await advance(id, 2);
    expect((await post('/__webhook', { url: receiverUrl(), secret: SECRET }, 'PUT')).status).toBe(204);
    await advance(id, 1);
    await count(1);
    expect(statuses()).toEqual(['Sample migration completed']);
  });

  it('sends webhooks by the clock while the migration is not read', async () => {
    await start({ url: receiverUrl() });
    await create();
    now += 2 * 5_000;
    await count(1);
    expect(statuses()).toEqual(['Sample migration in progress']);
  });

  it.each([
    'http://example.com/hook',
    'http://10.0.0.1/hook',
    'http://127.0.0.1.example.com/',
    'ftp://127.0.0.1/',
    'hook',
    7,
  ])('refuses the receiver %j', async (url) => {
    await start();
    expect((await post('/__webhook', { url }, 'PUT')).status).toBe(400);
    await expect(startImport2Simulator({ port: 0, webhook: { url: url as string } })).rejects.toThrow(
      'url must',
    );
  });
});
