import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { SharedReads } from '../../src/migrations/shared.reads.js';
import { Import2Clients } from '../../src/upstreams/import2/import2.clients.js';
import { SpidClients } from '../../src/upstreams/spid/spid.clients.js';
import { FULL_ACCESS_KEY, startGateway, type TestGateway } from '../support/gateway.js';
import { HeldVendor } from '../support/vendors/held.vendor.js';
import { until } from '../support/until.js';

const ALLOWING = { headers: { 'cache-control': 'max-age=60' } };

describe.each([
  ['import2', '/v1/migration-tools', 'tools_list'],
  ['spid', '/v1/token-names', 'injectable_names'],
] as const)('requests at the same time, to %s', (upstream, path, operation) => {
  let vendor: HeldVendor;
  let gateway: TestGateway;

  beforeAll(async () => {
    vendor = await HeldVendor.start();
    gateway = await startGateway({ settings: vendor.inFrontOf(upstream) });
    // The token is there from now on.
    await gateway.call('GET', path);
  });
  beforeEach(() => {
    vendor.release();
    vendor.reads.length = 0;
  });
  afterAll(async () => {
    await vendor.close();
    await gateway.close();
  });

  const flight = () => {
    const clients = gateway.app.get<Import2Clients | SpidClients>(
      upstream === 'import2' ? Import2Clients : SpidClients,
    );
    return gateway.app.get(SharedReads)['flights'].of(clients.of('demo')).get(operation);
  };
  const joined = (count: number) => until(`${count} requests wait`, () => flight()?.waiting === count);
  const statusOf = ({ status, headers }: { status: number; headers: Headers }) => [
    status,
    headers.get('cache-status'),
    headers.get('age'),
    headers.get('cache-control'),
  ];

  it('are calls of their own without max-age', async () => {
    vendor.hold();
    const calls = [
      {},
      { headers: { 'cache-control': 'no-cache' } },
      { headers: { 'cache-control': 'x' } },
    ].map((options) => gateway.call('GET', path, options));
    await vendor.arrived(3);
    vendor.release();
    for (const response of await Promise.all(calls)) {
      expect(statusOf(response)).toEqual([200, null, null, 'no-store']);
    }
  });

  it('fail together, and the next one is a new call', async () => {
    vendor.hold();
    const first = gateway.call('GET', path, ALLOWING);
    await vendor.arrived(1);
    await gateway[upstream].fault(operation, 'garbled');
    vendor.release();
    expect(statusOf(await first)).toEqual([502, null, null, 'no-store']);
    expect(statusOf(await gateway.call('GET', path, ALLOWING))).toEqual([
      200,
      'Tollgate; fwd=uri-miss',
      null,
      'no-store',
    ]);
    expect(vendor.reads).toHaveLength(2);
  });

  it('share one call where each allows its age', async () => {
    vendor.hold();
    const first = gateway.call('GET', path, ALLOWING);
    await vendor.arrived(1);
    const others = Array.from({ length: 4 }, () => gateway.call('GET', path, ALLOWING));
    // Token names may be changed by an import through another replica: the call for the later requests begins after them.
    await joined(upstream === 'import2' ? 5 : 4);
    vendor.release();
    const [own, ...later] = await Promise.all([first, ...others]);
    expect(statusOf(own)).toEqual([200, 'Tollgate; fwd=uri-miss', null, 'no-store']);
    expect(
      later.map(statusOf).filter(([, status]) => status === 'Tollgate; fwd=uri-miss; collapsed'),
    ).toHaveLength(upstream === 'import2' ? 4 : 3);
    expect(new Set([own.text, ...later.map(({ text }) => text)]).size).toBe(1);
    expect(vendor.reads).toHaveLength(upstream === 'import2' ? 1 : 2);
  });

  it('go on when the one that began the call hangs up', async () => {
    vendor.hold();
    const headers = { ...ALLOWING.headers, authorization: `Bearer ${FULL_ACCESS_KEY}` };
    const first = request(gateway.url + path, { headers, agent: false }).end();
    first.on('error', () => undefined);
    await vendor.arrived(1);
    const second = gateway.call('GET', path, ALLOWING);
    await joined(upstream === 'import2' ? 2 : 1);
    first.destroy();
    if (upstream === 'import2') await joined(1);
    vendor.release();
    expect((await second).status).toBe(200);
  });
});

it('GET /v1/token-names returns a name that was imported while another request waits', async () => {
  const vendor = await HeldVendor.start();
  const gateway = await startGateway({ settings: vendor.inFrontOf('spid') });
  try {
    await gateway.call('GET', '/v1/token-names');
    const late: Promise<unknown>[] = [];
    vendor.hold();
    const body = { tokenName: 'brand new', tokens: ['a'] };
    late.push(gateway.call('GET', '/v1/token-names', ALLOWING));
    await vendor.arrived(2);
    const imported = await gateway.call('POST', '/v1/token-imports', { body, idempotencyKey: randomUUID() });
    expect(imported.status).toBe(200);
    const after = gateway.call('GET', '/v1/token-names', ALLOWING);
    vendor.release();
    expect((await after).body).toEqual({ items: [{ name: 'brand new' }] });
    expect(vendor.reads).toHaveLength(3);
    await Promise.all(late);
  } finally {
    await vendor.close();
    await gateway.close();
  }
});
