import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Scope } from '../../../src/config/scopes.js';
import { CallerSettings } from '../../../src/config/settings/caller.settings.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { SettingsSource } from '../../../src/config/settings/settings.source.js';
import { Database } from '../../../src/store/database/database.js';
import { secretFilter } from '../../../src/telemetry/masking/secret.filter.js';
import { FULL_ACCESS_KEY, startGateway, type TestGateway } from '../../support/gateway.js';
import { sha256Of } from '../../support/settings.folder.js';
import { until } from '../../support/until.js';

const MONITOR_KEY = 'tg_monitor_of_no_tenant';
const MONITOR_OF_ALL_KEY = 'tg_monitor_of_all_tenants';

/** Callers without tenants. */
function withMonitors(demo: Settings): Settings {
  const monitor = (key: string, ...scopes: Scope[]) =>
    Object.assign(new CallerSettings(), demo.callers[0], {
      name: key.slice('tg_'.length),
      tenants: [],
      scopes: new Set(scopes),
      keys: [{ sha256: Buffer.from(sha256Of(key), 'hex') }],
    });
  const monitors = [
    monitor(MONITOR_KEY, 'ops:read'),
    monitor(MONITOR_OF_ALL_KEY, 'ops:read', 'ops:read-all-tenants', 'operations:read'),
  ];
  return { ...demo, callers: [...demo.callers, ...monitors] };
}

describe('the metrics', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ settings: withMonitors });
  });

  afterAll(() => gateway.close());

  const read = async () => (await gateway.call('GET', '/metrics')).text;

  /** Value of the series with these labels, in any order. */
  const valueOf = (text: string, name: string, labels: Record<string, string>): number | undefined => {
    const line = text
      .split('\n')
      .find(
        (each) =>
          each.startsWith(`${name}{`) &&
          Object.entries(labels).every(([label, value]) => each.includes(`${label}="${value}"`)),
      );
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };

  it('are for callers with ops:read, in the text format of Prometheus', async () => {
    const response = await gateway.call('GET', '/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect((await gateway.call('GET', '/metrics', { key: null })).status).toBe(401);
    expect((await gateway.call('GET', '/v1/metrics')).status).toBe(404);
  });

  it('count requests by route pattern, method and class of the status', async () => {
    await gateway.call('GET', '/v1/users/42/entitlements/1337');
    await gateway.call('GET', '/v1/users/938029/entitlements/1337');
    await gateway.call('GET', '/v1/users/no-such-user/entitlements/1337');
    const text = await read();
    const series = { route: '/v1/users/:userId/entitlements/:productId', method: 'GET' };
    const name = 'tollgate_http_request_duration_seconds_count';
    expect(valueOf(text, name, { ...series, status: '2xx' })).toBe(2);
    expect(valueOf(text, name, { ...series, status: '4xx' })).toBe(1);
  });

  it('count upstream calls by tenant, operation and outcome', async () => {
    await gateway.spid.fault('product_get', 'status-503', 2);
    await gateway.call('GET', '/v1/users/42/entitlements/1337');
    const text = await read();
    const name = 'tollgate_upstream_call_duration_seconds_count';
    const series = { tenant: 'demo', upstream: 'spid' };
    expect(valueOf(text, name, { ...series, operation: 'token', outcome: 'success' })).toBe(1);
    expect(valueOf(text, name, { ...series, operation: 'product_get', outcome: 'success' })).toBe(2);
    expect(valueOf(text, name, { ...series, operation: 'product_get', outcome: 'refused' })).toBe(1);
    expect(valueOf(text, name, { ...series, operation: 'product_get', outcome: 'server-error' })).toBe(2);
  });

  it('count what happens to operations, by tenant and kind', async () => {
    const path = '/v1/users/938029/entitlements/1337';
    await gateway.call('PUT', path, { idempotencyKey: 'metrics-1' });
    await gateway.call('PUT', path, { idempotencyKey: 'metrics-1' });
    await gateway.spid.fault('product_revoke', 'reset-after');
    const lost = await gateway.call('DELETE', path, { idempotencyKey: 'metrics-2' });
    expect(lost.body.outcome).toBe('unknown');
    const decision = { decision: 'executed', reason: 'seen at the vendor' };
    await gateway.call('POST', `${lost.body.operation}/resolution`, { body: decision });
    const text = await read();
    const name = 'tollgate_operation_transitions_total';
    const grant = { tenant: 'demo', kind: 'entitlement_grant' };
    expect(valueOf(text, name, { ...grant, transition: 'prepare' })).toBe(1);
    expect(valueOf(text, name, { ...grant, transition: 'send' })).toBe(1);
    expect(valueOf(text, name, { kind: 'entitlement_grant', transition: 'succeed' })).toBe(1);
    expect(valueOf(text, name, { kind: 'entitlement_revoke', transition: 'lose' })).toBe(1);
    expect(valueOf(text, name, { kind: 'entitlement_revoke', transition: 'decide-executed' })).toBe(1);
  });

  it('hold nothing of a request in a label, however it was asked', async () => {
    await gateway.call('GET', '/v1/users/customer-4711/entitlements');
    await gateway.call('GET', '/no/such/customer-4711');
    await gateway.call('PROPFIND', '/v1/customer-4711');
    const text = await read();
    expect(text).not.toContain('customer-4711');
    expect(text).not.toContain('PROPFIND');
    expect(valueOf(text, 'tollgate_http_request_duration_seconds_count', { route: 'none' })).toBeGreaterThan(
      0,
    );
  });

  it('name the version, and whether database and settings are in order', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const stateOf = (text: string) => ({
      version: valueOf(text, 'tollgate_build_info', { version }),
      database: /^tollgate_database_up (\d)$/m.exec(text)?.[1],
      refused: /^tollgate_settings_refused (\d)$/m.exec(text)?.[1],
    });
    expect(stateOf(await read())).toEqual({ version: 1, database: '1', refused: '0' });
    const settings = gateway.app.get(SettingsSource);
    settings.refuse([{ path: 'tenants', reason: 'is missing' }]);
    const database = gateway.app.get(Database);
    const down = { ...database.state, status: 'down', takesWrites: false };
    Object.defineProperty(database, 'state', { configurable: true, get: () => down });
    expect(stateOf(await read())).toEqual({ version: 1, database: '0', refused: '1' });
    Reflect.deleteProperty(database, 'state');
    settings.replace(settings.current);
    expect(stateOf(await read())).toEqual({ version: 1, database: '1', refused: '0' });
  });

  it('count the requests in flight, the one that reads them included', async () => {
    const inFlight = async () => /^tollgate_http_requests_in_flight (\d+)$/m.exec(await read())?.[1];
    expect(await inFlight()).toBe('1');
    const { hostname, port } = new URL(gateway.url);
    const client = connect(Number(port), hostname);
    const head = ['POST /v1/voucher-handouts HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
    head.push(`Authorization: Bearer ${FULL_ACCESS_KEY}`, 'Content-Length: 10');
    client.write(`${head.join('\r\n')}\r\n\r\n`);
    await until('a request that is incomplete is in flight', async () => (await inFlight()) === '2');
    client.destroy();
    await until('it is not once its client is gone', async () => (await inFlight()) === '1');
  });

  it('measure the reads of fences, which only checks with an age need', async () => {
    const reads = async () => /^tollgate_fence_read_duration_seconds_count (\d+)$/m.exec(await read())?.[1];
    const before = Number(await reads());
    await gateway.call('GET', '/v1/users/42/entitlements/1337');
    await gateway.call('GET', '/v1/users/42/entitlements/1337', {
      headers: { 'cache-control': 'max-age=30' },
    });
    expect(Number(await reads())).toBe(before + 1);
  });

  it('are for a caller without tenants too: those of the process, or all of them', async () => {
    await gateway.call('GET', '/v1/users/42/entitlements/1337');
    const asMonitor = (path: string, key = MONITOR_KEY) => gateway.call('GET', path, { key });
    const own = await asMonitor('/metrics');
    expect(own.text).toMatch(/^tollgate_database_up 1$/m);
    expect(own.text).toMatch(/^nodejs_version_info/m);
    expect(own.text).not.toContain('demo');
    expect(own.text).not.toMatch(/^tollgate_http_request/m);
    expect((await asMonitor('/metrics', MONITOR_OF_ALL_KEY)).text).toContain('tenant="demo"');
    const health = await asMonitor('/health/upstreams');
    expect([health.status, health.body]).toMatchObject([200, { items: [], budgets: [] }]);
    const all = await asMonitor('/health/upstreams', MONITOR_OF_ALL_KEY);
    expect(all.body.items).not.toEqual([]);
  });

  it('are refused for a tenant that the caller may not see, and open nothing else', async () => {
    const headers = { 'tollgate-tenant': 'demo' };
    expect((await gateway.call('GET', '/metrics', { key: MONITOR_KEY, headers })).status).toBe(403);
    expect((await gateway.call('GET', '/metrics', { key: MONITOR_OF_ALL_KEY, headers })).status).toBe(200);
    const { status, body } = await gateway.call('GET', '/v1/operations', { key: MONITOR_OF_ALL_KEY });
    expect([status, body.detail]).toEqual([403, 'This caller acts for no tenant.']);
  });

  it('have a series of incidents for each sink from the start, and report the process', async () => {
    const text = await read();
    for (const sink of ['log', 'answer', 'ledger'] as const) {
      // The filter is one for the process, which other test files may have used.
      const hits = secretFilter.hits.get(sink) ?? 0;
      expect([sink, valueOf(text, 'tollgate_secret_incidents_total', { sink })]).toEqual([sink, hits]);
    }
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(text).toContain('process_resident_memory_bytes');
  });
});
