import { Secret } from '../../../src/config/secrets/secret.js';
import { SettingsSource } from '../../../src/config/settings/settings.source.js';
import type { CallerSettings } from '../../../src/config/settings/caller.settings.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { startImport2Simulator } from '../../../src/simulators/import2/import2.simulator.js';
import { startSpidSimulator } from '../../../src/simulators/spid/spid.simulator.js';
import { type CallResponse, startGateway, type TestGateway } from '../../support/gateway.js';
import { sha256Of } from '../../support/settings.folder.js';
import { SimulatorControl } from '../../support/vendors/simulator.control.js';

const CLIENT_ID = '4e8463569caf7ca019000007';
const OURS = 'tg_only_ours';
const THEIRS = 'tg_only_theirs';
const BOTH = 'tg_both';
const OUR_OPS = 'tg_our_ops';
const BOTH_OPS = 'tg_both_ops';
const ALL_OPS = 'tg_all_ops';
const ALL_READS = 'tg_all_reads';
const PROMETHEUS = 'tg_prometheus';

/** What the other tenant has; every text is found nowhere else. */
interface Theirs {
  readonly operation: string;
  readonly group: string;
  readonly code: string;
  readonly migration: string;
}

/* oxlint-disable typescript/no-explicit-any -- the OpenAPI document is JSON of many shapes */
describe('two tenants with vendors of their own', () => {
  let gateway: TestGateway;
  let spid: SimulatorControl;
  let import2: SimulatorControl;
  let theirs: Theirs;
  let routes: { id: string; method: string; path: string }[];

  function withOtherTenant(demo: Settings): Settings {
    const ours = demo.tenants.get('demo')!;
    const other = {
      name: 'other',
      spid: { ...ours.spid!, baseUrl: spid.url, clientSecret: new Secret('their-client-secret') },
      import2: { ...ours.import2!, baseUrl: `${import2.url}/api/v2.1`, apiToken: new Secret('their-token') },
    };
    const caller = (key: string, tenants: string[]): CallerSettings => ({
      ...demo.callers[0]!,
      name: key.replaceAll('_', '-'),
      tenants,
      keys: [{ sha256: Buffer.from(sha256Of(key), 'hex') }],
    });
    return {
      ...demo,
      tenants: new Map([...demo.tenants, ['other', other]]),
      callers: [
        caller(OURS, ['demo']),
        caller(THEIRS, ['other']),
        caller(BOTH, ['demo', 'other']),
        { ...caller(OUR_OPS, ['demo']), scopes: new Set(['ops:read']) },
        { ...caller(BOTH_OPS, ['demo', 'other']), scopes: new Set(['ops:read']) },
        { ...caller(ALL_OPS, ['demo']), scopes: new Set(['ops:read', 'ops:read-all-tenants']) },
        {
          ...caller(ALL_READS, ['demo']),
          scopes: new Set(['ops:read', 'ops:read-all-tenants', 'entitlements:read']),
        },
        { ...caller(PROMETHEUS, []), scopes: new Set(['ops:read', 'ops:read-all-tenants']) },
      ],
    };
  }

  beforeAll(async () => {
    spid = new SimulatorControl(await startSpidSimulator({ port: 0 }));
    import2 = new SimulatorControl(await startImport2Simulator({ port: 0, apiToken: 'their-token' }));
    await spid.control('PUT', '/__clients', { clientId: CLIENT_ID, clientSecrets: ['their-client-secret'] });
    gateway = await startGateway({ settings: withOtherTenant });
    const { body } = await gateway.call('GET', '/openapi.json', { key: null });
    routes = Object.entries<any>(body.paths).flatMap(([path, item]) =>
      Object.entries<any>(item)
        .filter(([, operation]) => operation.security && path.startsWith('/v1/'))
        .map(([method, operation]) => ({ id: operation.operationId, method: method.toUpperCase(), path })),
    );
    theirs = await makeTheirs();
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([spid.close(), import2.close()]);
  });

  const write = (key: string, path: string, idempotencyKey: string, body?: object): Promise<CallResponse> =>
    gateway.call('POST', `/v1${path}`, { key, idempotencyKey, body });

  /** Twice what can be had twice, so that its last id does not exist on our side. */
  async function makeTheirs(): Promise<Theirs> {
    const group = (at: number) =>
      write(THEIRS, '/voucher-groups', `group-${at}`, { title: `their-group-${at}`, type: 'campaign' });
    const migration = (at: number) =>
      write(THEIRS, '/migrations', `migration-${at}`, {
        sourceTool: 'highrise',
        destinationUsername: 'their-user',
      });
    await group(1);
    const { id } = (await group(2)).body;
    await write(THEIRS, `/voucher-groups/${id}/vouchers`, 'generate', { amount: 3 });
    const drawn = await write(THEIRS, `/voucher-groups/${id}/codes`, 'draw', { amount: 1 });
    await migration(1);
    const started = await migration(2);
    await write(THEIRS, '/token-imports', 'tokens', { tokenName: 'their-token-name', tokens: ['a'] });
    const handout = await write(THEIRS, '/voucher-handouts', 'handout', { userId: '42', voucherGroupId: id });
    expect([drawn.status, started.status, handout.status]).toEqual([201, 201, 201]);
    return {
      operation: handout.body.id,
      group: id,
      code: drawn.body.items[0].code,
      migration: started.body.id ?? started.body.migrationId,
    };
  }

  /** A call of each route with ids of the other tenant, by operationId. A new route needs a row. */
  const calls = (): Record<
    string,
    { ids?: Record<string, string>; query?: string; body?: object; expect: number }
  > => {
    const { operation, group, code, migration } = theirs;
    return {
      listOperations: { query: `voucherGroupId=${group}`, expect: 200 },
      getOperation: { ids: { id: operation }, expect: 404 },
      resolveOperation: {
        ids: { id: operation },
        body: { decision: 'executed', reason: 'mine' },
        expect: 404,
      },
      probeOperation: { ids: { id: operation }, expect: 404 },
      summarizeOperations: { expect: 200 },
      getVoucherHandout: { ids: { id: operation }, expect: 404 },
      // Users and products belong to the vendor, not to a tenant: the response is that of our own client.
      checkEntitlement: { ids: { userId: '42', productId: '1337' }, expect: 200 },
      grantEntitlement: { ids: { userId: '42', productId: '1337' }, expect: 200 },
      revokeEntitlement: { ids: { userId: '42', productId: '1337' }, expect: 200 },
      listEntitlements: { ids: { userId: '42' }, expect: 200 },
      listSubscriptions: { ids: { userId: '42' }, expect: 200 },
      handOutVoucher: { body: { userId: '42', voucherGroupId: group }, expect: 404 },
      getVoucher: { ids: { code }, expect: 404 },
      listVoucherGroups: { query: 'title=their-group-2', expect: 200 },
      createVoucherGroup: { body: { title: 'our-group', type: 'campaign' }, expect: 201 },
      getVoucherGroup: { ids: { id: group }, expect: 404 },
      updateVoucherGroup: { ids: { id: group }, body: { title: 'ours now' }, expect: 404 },
      generateVouchers: { ids: { id: group }, body: { amount: 1 }, expect: 404 },
      drawVoucherCodes: { ids: { id: group }, body: { amount: 1 }, expect: 404 },
      listMigrationTools: { expect: 200 },
      createMigration: { body: { sourceTool: 'highrise', destinationUsername: 'our-user' }, expect: 201 },
      listMigrations: { query: 'destinationUsername=their-user', expect: 200 },
      getMigration: { ids: { id: migration }, expect: 404 },
      acceptMigrationPayment: { ids: { id: migration }, expect: 404 },
      rejectMigrationPayment: { ids: { id: migration }, expect: 404 },
      listTokenNames: { expect: 200 },
      importTokens: { body: { tokenName: 'our-token-name', tokens: ['a'] }, expect: 200 },
      listMigrationEvents: { ids: { id: migration }, expect: 200 },
    };
  };

  async function callRoute(
    id: string,
    key: string,
    headers: Record<string, string> = {},
  ): Promise<CallResponse> {
    const { method, path } = routes.find((route) => route.id === id)!;
    const { ids = {}, query, body } = calls()[id]!;
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '');
    const idempotency = method === 'GET' ? {} : { idempotencyKey: 'draw' };
    return gateway.call(method, query ? `${url}?${query}` : url, { key, headers, body, ...idempotency });
  }

  /** Runs `work` and proves that neither of the other tenant's vendors heard of it. */
  async function withoutTheirVendors(work: () => Promise<void>): Promise<void> {
    await Promise.all([spid.fault('*', 'status-503'), import2.fault('*', 'status-503')]);
    await work();
    const token = await fetch(`${spid.url}/oauth/token`, { method: 'POST' });
    const authorization = `Basic ${Buffer.from('their-token:X').toString('base64')}`;
    const tools = await fetch(`${import2.url}/api/v2.1/tools`, { headers: { authorization } });
    expect([token.status, tools.status]).toEqual([503, 503]);
  }

  it('have a row in this matrix for every route', () => {
    expect(Object.keys(calls()).toSorted()).toEqual(routes.map(({ id }) => id).toSorted());
  });

  it('cannot see, change or cause anything at each other, by any route, id or key', async () => {
    const marks = [...Object.values(theirs), 'their-group-2', 'their-user', 'their-token-name', 'their-'];
    const before = await Promise.all([spid.effects(), import2.effects()]);
    await withoutTheirVendors(async () => {
      for (const { id } of routes) {
        const { status, text, headers } = await callRoute(id, OURS);
        expect([id, status]).toEqual([id, calls()[id]!.expect]);
        expect([id, headers.get('idempotent-replayed')]).toEqual([id, null]);
        expect([id, marks.filter((mark) => text.includes(mark))]).toEqual([id, []]);
      }
    });
    expect(await Promise.all([spid.effects(), import2.effects()])).toEqual(before);
  });

  it('are closed to a caller of one that names the other, whether it exists or not', async () => {
    await withoutTheirVendors(async () => {
      for (const { id } of routes) {
        const [named, unknown] = await Promise.all(
          ['other', 'no-such-tenant'].map((tenant) => callRoute(id, OURS, { 'tollgate-tenant': tenant })),
        );
        const shown = ({ status, body }: CallResponse) => ({ status, type: body.type, detail: body.detail });
        expect([id, named!.status]).toEqual([id, 403]);
        expect(shown(named!)).toEqual(shown(unknown!));
      }
    });
  });

  it('keep a caller of both to the one it names', async () => {
    const asOurs = { 'tollgate-tenant': 'demo' };
    await withoutTheirVendors(async () => {
      for (const id of [
        'getOperation',
        'getVoucherGroup',
        'getVoucher',
        'getMigration',
        'getVoucherHandout',
      ]) {
        expect([id, (await callRoute(id, BOTH, asOurs)).status]).toEqual([id, 404]);
      }
      expect((await callRoute('listOperations', BOTH, asOurs)).text).not.toContain(theirs.operation);
    });
    const asTheirs = { 'tollgate-tenant': 'other' };
    expect((await callRoute('getVoucherGroup', BOTH, asTheirs)).status).toBe(200);
    expect((await callRoute('getOperation', BOTH, asTheirs)).status).toBe(200);
  });

  describe('and those who watch the gateway', () => {
    const ask = (key: string, path: string, tenant?: string) =>
      gateway.call('GET', path, { key, headers: tenant === undefined ? {} : { 'tollgate-tenant': tenant } });
    const tenantsIn = ({ body }: CallResponse) => new Set(body.items.map((item: any) => item.tenant));
    const tenantsOf = ({ text }: CallResponse) =>
      new Set([...text.matchAll(/[{,]tenant="([^"]*)"/g)].map(([, name]) => name));
    const overAll = /^tollgate_(http_request_duration_seconds_count|secret_incidents_total)\{/m;

    beforeAll(async () => {
      for (const key of [OURS, THEIRS]) await ask(key, '/v1/users/42/entitlements/1337');
      gateway.app
        .get(SettingsSource)
        .refuse([{ path: 'tenants[1].spid.clientSecret', reason: 'is missing' }]);
    });

    it.each([
      ['of one tenant', OUR_OPS, undefined],
      ['of two who names one of them', BOTH_OPS, 'demo'],
      ['who may see all and names one', ALL_OPS, 'demo'],
      ['without a tenant who may see all and names one', PROMETHEUS, 'demo'],
    ])('shows one %s nothing of the others, not in a sum either', async (_, key, tenant) => {
      const health = await ask(key, '/health/upstreams', tenant);
      expect([health.status, tenantsIn(health)]).toEqual([200, new Set(['demo'])]);
      expect(health.body.settings).toMatchObject({ state: 'refused', faults: [] });
      const metrics = await ask(key, '/metrics', tenant);
      expect([metrics.status, tenantsOf(metrics)]).toEqual([200, new Set(['demo'])]);
      expect(metrics.text).not.toMatch(overAll);
      expect(metrics.text).toMatch(/^process_resident_memory_bytes /m);
    });

    it.each([
      ['belongs to every tenant', BOTH_OPS],
      ['may see all of them', ALL_OPS],
    ])('shows everything to one who %s, without naming a tenant', async (_, key) => {
      const health = await ask(key, '/health/upstreams');
      expect([health.status, tenantsIn(health)]).toEqual([200, new Set(['demo', 'other'])]);
      expect(health.body.settings.faults).toHaveLength(1);
      const metrics = await ask(key, '/metrics');
      expect([metrics.status, tenantsOf(metrics)]).toEqual([200, new Set(['demo', 'other'])]);
      expect(metrics.text).toMatch(overAll);
    });

    it.each([
      ['of another tenant', ALL_OPS],
      ['of no tenant', PROMETHEUS],
    ])('shows a caller %s that may see all tenants the one it names', async (_, key) => {
      const health = await ask(key, '/health/upstreams', 'other');
      expect([health.status, tenantsIn(health)]).toEqual([200, new Set(['other'])]);
      const metrics = await ask(key, '/metrics', 'other');
      expect([metrics.status, tenantsOf(metrics)]).toEqual([200, new Set(['other'])]);
      for (const name of ['no-such-tenant', '', 'demo, other']) {
        const { status, body } = await ask(key, '/health/upstreams', name);
        expect([name, status, body.errors]).toEqual([
          name,
          400,
          [
            {
              pointer: '/headers/Tollgate-Tenant',
              detail: 'is not the name of a tenant; must be one of: demo, other',
            },
          ],
        ]);
      }
    });

    it('opens no other tenant for what ops:read-all-tenants does not cover', async () => {
      const path = '/v1/users/42/entitlements/1337';
      expect((await ask(ALL_READS, path, 'demo')).status).toBe(200);
      expect((await ask(ALL_READS, path, 'other')).status).toBe(403);
    });

    it('refuses a tenant in the query of /health/upstreams', async () => {
      const { status, body } = await ask(ALL_OPS, '/health/upstreams?tenant=other');
      expect([status, body.errors]).toEqual([
        400,
        [{ pointer: '/query/tenant', detail: 'is not a known field' }],
      ]);
    });

    it('refuses a tenant that is not the caller’s', async () => {
      for (const path of ['/metrics', '/health/upstreams']) {
        expect([path, (await ask(OUR_OPS, path, 'other')).status]).toEqual([path, 403]);
      }
    });
  });
});
