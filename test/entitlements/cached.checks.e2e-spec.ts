import { UserFences } from '../../src/ledger/fence/user.fences.js';
import { FenceUnavailableError } from '../../src/ledger/fence/user.fence.js';
import { CallerSettings } from '../../src/config/settings/caller.settings.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { CheckCache } from '../../src/entitlements/cache/check.cache.js';
import { SpidClients } from '../../src/upstreams/spid/spid.clients.js';
import { type CallResponse, READ_ONLY_KEY, startGateway, type TestGateway } from '../support/gateway.js';
import { HeldVendor } from '../support/vendors/held.vendor.js';
import { sha256Of } from '../support/settings.folder.js';
import { until } from '../support/until.js';

const PATH = '/v1/users/42/entitlements/1337';
const STATUS = 'cache-status';
const NARROW_KEY = 'tg_narrow';

/** The read-only caller accepts an age by its settings, a third one may not check every product. */
function withDefault(demo: Settings): Settings {
  const [full, readOnly] = demo.callers;
  const cache = { maxAgeSeconds: 20 };
  const other = {
    name: 'other',
    tenants: new Map(demo.tenants).set('other', { ...demo.tenants.get('demo')!, name: 'other' }),
  };
  return {
    ...demo,
    tenants: other.tenants,
    callers: [
      Object.assign(new CallerSettings(), full, { tenants: ['demo', 'other'] }),
      Object.assign(new CallerSettings(), readOnly, { cache }),
      Object.assign(new CallerSettings(), full, {
        name: 'narrow',
        keys: [{ sha256: Buffer.from(sha256Of(NARROW_KEY), 'hex') }],
        resources: { products: ['301694'] },
      }),
    ],
  };
}

describe('GET /v1/users/{userId}/entitlements/{productId} with an age allowed', () => {
  let vendor: HeldVendor;
  let gateway: TestGateway;

  beforeAll(async () => {
    vendor = await HeldVendor.start();
    gateway = await startGateway({ settings: vendor.inFrontOf('spid', withDefault) });
  });
  beforeEach(() => {
    vendor.release();
    vendor.reads.length = 0;
  });
  afterEach(() => gateway.spid.clearFaults());
  afterAll(async () => {
    await vendor.close();
    await gateway.close();
  });

  const check = (cacheControl: string | undefined, path = PATH, tenant = 'demo'): Promise<CallResponse> =>
    gateway.call('GET', path, {
      headers: {
        'tollgate-tenant': tenant,
        ...(cacheControl === undefined ? {} : { 'cache-control': cacheControl }),
      },
    });
  const served = ({ status, headers }: CallResponse) => [status, headers.get(STATUS), headers.get('age')];
  const write = (method: string, path: string, tenant = 'demo') =>
    gateway.call(method, path, { headers: { 'tollgate-tenant': tenant } });

  it('serves the second request from memory, with the same body and its age', async () => {
    const first = await check('max-age=30');
    const second = await check('max-age=30');
    expect(served(first)).toEqual([200, 'Tollgate; fwd=uri-miss; stored', null]);
    expect(second.headers.get(STATUS)).toMatch(/^Tollgate; hit; ttl=\d+$/);
    expect(second.headers.get('age')).toMatch(/^\d+$/);
    expect(second.headers.get('cache-control')).toBe('no-store');
    expect(second.text).toBe(first.text);
    expect(first.body).toEqual({
      productId: '1337',
      granted: true,
      subscription: null,
      asOf: expect.any(String),
    });
    expect(Math.abs(Date.parse(first.body.asOf) - Date.now())).toBeLessThan(3_600_000);
    expect(vendor.reads).toHaveLength(1);
  });

  it.each([undefined, 'no-cache', 'max-age=0', 'max-age=x', 'only-if-cached', 'no-store'])(
    'asks the vendor with Cache-Control %s',
    async (cacheControl) => {
      await check('max-age=30');
      const before = vendor.reads.length;
      expect(served(await check(cacheControl))).toEqual([200, null, null]);
      expect(vendor.reads).toHaveLength(before + 1);
    },
  );

  it('takes the age from the settings of a caller whose request has no Cache-Control', async () => {
    const asReadOnly = (headers = {}) => gateway.call('GET', PATH, { key: READ_ONLY_KEY, headers });
    await asReadOnly();
    expect((await asReadOnly()).headers.get(STATUS)).toMatch(/^Tollgate; hit; ttl=1\d$/);
    expect((await asReadOnly({ 'cache-control': 'no-cache' })).headers.get(STATUS)).toBe(null);
  });

  it.each(['demo', 'other'])(
    'shows a grant and a revocation at once, by the tenant %s of the same account',
    async (tenant) => {
      const path = '/v1/users/938029/entitlements/10117';
      expect((await check('max-age=30', path)).body.granted).toBe(false);
      expect((await write('PUT', path, tenant)).status).toBe(200);
      expect((await check('max-age=30', path)).body.granted).toBe(true);
      expect((await check('max-age=30', path)).headers.get(STATUS)).toContain('; hit; ');
      expect((await write('DELETE', path, tenant)).status).toBe(200);
      const after = await check('max-age=30', path);
      expect([after.body.granted, after.headers.get(STATUS)]).toEqual([false, 'Tollgate; fwd=stale']);
    },
  );

  it('serves nothing from before a write whose outcome is unknown', async () => {
    const path = '/v1/users/100003/entitlements/10111';
    await check('max-age=30', path);
    await gateway.spid.fault('product_revoke', 'reset-before');
    expect((await write('DELETE', path)).status).toBe(504);
    expect((await check('max-age=30', path)).headers.get(STATUS)).toBe('Tollgate; fwd=stale; stored');
  });

  it('is not shared between tenants, nor between a product and its alias', async () => {
    await check('max-age=30');
    expect((await check('max-age=30', PATH, 'other')).headers.get(STATUS)).toBe(
      'Tollgate; fwd=uri-miss; stored',
    );
    const alias = '/v1/users/42/entitlements/premium?scope=merchant';
    expect((await check('max-age=30', alias)).headers.get(STATUS)).toBe('Tollgate; fwd=uri-miss; stored');
  });

  it('shares one call of the vendor between requests at the same time', async () => {
    const path = '/v1/users/42/entitlements/301694';
    vendor.hold();
    const checks = [1, 2, 3].map(() => check('max-age=30', path));
    const client = gateway.app.get(SpidClients).of('demo');
    const flight = () => gateway.app.get(CheckCache)['caches'].get(client)?.flights.get('p42/301694');
    await until('three requests wait', () => flight()?.waiting === 3);
    vendor.release();
    const statuses = (await Promise.all(checks))
      .map(({ headers }) => headers.get(STATUS) ?? '')
      .toSorted((one, other) => one.localeCompare(other));
    expect(statuses).toEqual([
      'Tollgate; fwd=uri-miss',
      'Tollgate; fwd=uri-miss; collapsed',
      'Tollgate; fwd=uri-miss; collapsed',
    ]);
    expect(vendor.reads).toHaveLength(1);
  });

  it('serves what is kept for an error of the vendor only where stale-if-error allows it', async () => {
    await check('max-age=30');
    await gateway.spid.fault('product_get', 'status-500', 9);
    expect((await check('no-cache')).status).toBe(503);
    await gateway.spid.clearFaults();
    await check('max-age=30');
    await gateway.spid.fault('product_get', 'status-500', 9);
    const stale = await check('no-cache, stale-if-error=20');
    expect([stale.status, stale.body.granted]).toEqual([200, true]);
    expect(stale.headers.get(STATUS)).toMatch(/^Tollgate; hit; ttl=-\d+; detail=upstream-error$/);
    expect((await check('no-cache, stale-if-error=20', '/v1/users/42/entitlements/10013')).status).toBe(503);
  });

  it('asks the vendor when the fence cannot be read', async () => {
    await check('max-age=30');
    const fences = gateway.app.get(UserFences);
    const away = () => Promise.reject(new FenceUnavailableError('gone'));
    Object.defineProperty(fences, 'read', { value: away, configurable: true });
    try {
      expect(served(await check('max-age=30'))).toEqual([
        200,
        'Tollgate; fwd=bypass; detail=fence-unavailable',
        null,
      ]);
    } finally {
      Reflect.deleteProperty(fences, 'read');
    }
  });

  it('checks scopes and keys of each request that memory could serve', async () => {
    await check('max-age=30');
    for (const key of [null, 'tg_unknown']) {
      const response = await gateway.call('GET', PATH, { key, headers: { 'cache-control': 'max-age=30' } });
      expect(served(response)).toEqual([401, null, null]);
    }
    expect((await check('max-age=30', PATH, 'nowhere')).status).toBeGreaterThanOrEqual(400);
  });

  it('does not serve a product from memory to a caller that is not permitted to check it', async () => {
    await check('max-age=30');
    const headers = { 'cache-control': 'max-age=30' };
    const response = await gateway.call('GET', PATH, { key: NARROW_KEY, headers });
    expect(served(response)).toEqual([404, null, null]);
    expect(response.body).toMatchObject({ type: '/docs/problems/product-not-found' });
  });

  it('counts how checks were served', async () => {
    await check('max-age=30');
    const { text } = await gateway.call('GET', '/metrics');
    for (const result of ['fresh', 'hit', 'miss', 'collapsed', 'bypass', 'refused_fence', 'stale_if_error']) {
      expect(
        Number(new RegExp(`tollgate_check_cache_total{result="${result}"} (\\d+)`).exec(text)?.[1]),
      ).toBeGreaterThan(0);
    }
    expect(text).toMatch(/tollgate_check_answer_age_seconds_count [1-9]/);
  });
});
