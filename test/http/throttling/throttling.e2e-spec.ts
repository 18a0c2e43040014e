import type { Settings } from '../../../src/config/settings/settings.js';
import { READ_ONLY_KEY, startGateway, type TestGateway } from '../../support/gateway.js';

/** The read-only caller may ask three times an hour, for either of two tenants. */
function withTightLimit({ tenants, callers, ...demo }: Settings): Settings {
  const [full, readOnly] = callers;
  return {
    ...demo,
    tenants: new Map([...tenants, ['other', { ...tenants.get('demo')!, name: 'other' }]]),
    callers: [full!, { ...readOnly!, tenants: ['demo', 'other'], limit: { requests: 3, perSeconds: 3_600 } }],
  };
}

describe('the limit of a caller', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ settings: withTightLimit });
  });

  afterAll(() => gateway.close());

  const asReadOnly = (path: string, tenant: string) =>
    gateway.call('GET', path, { key: READ_ONLY_KEY, headers: { 'Tollgate-Tenant': tenant } });

  it('is in every response, counts over all routes and tenants, and then returns 429', async () => {
    const responses = [
      await asReadOnly('/v1/users/42/entitlements/1337', 'demo'),
      await asReadOnly('/v1/users/42/entitlements', 'other'),
      await asReadOnly('/v1/users/no-such-user/entitlements/1337', 'demo'),
    ];
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 404]);
    for (const { headers } of responses) expect(headers.get('ratelimit-policy')).toBe('"caller";q=3;w=3600');
    expect(responses.map(({ headers }) => headers.get('ratelimit')?.split(';t=')[0])).toEqual([
      '"caller";r=2',
      '"caller";r=1',
      '"caller";r=0',
    ]);

    const refused = await asReadOnly('/health/upstreams', 'other');
    expect(refused.status).toBe(429);
    expect(refused.body.type).toMatch(/rate-limited$/);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(3_590);
    expect(seconds).toBeLessThanOrEqual(3_600);
    expect(refused.body.retryAfterSeconds).toBe(seconds);
    expect(refused.headers.get('ratelimit')).toMatch(/^"caller";r=0;t=3[56]\d\d$/);
    expect(refused.headers.get('ratelimit-policy')).toBe('"caller";q=3;w=3600');
    expect(refused.body.violatedPolicies).toEqual(['caller']);
  });

  it('is reported on failures of the vendor too', async () => {
    await gateway.spid.fault('product_get', 'status-420');
    const throttled = await gateway.call('GET', '/v1/users/42/entitlements/1337');
    expect(throttled.status).toBe(503);
    expect(throttled.headers.get('ratelimit-policy')).toContain('"caller";q=20000;w=1');
    expect(throttled.headers.get('ratelimit')).toMatch(/^"caller";r=\d+;t=1/);
  });

  it('does not touch other callers', async () => {
    const response = await gateway.call('GET', '/v1/users/42/entitlements/1337');
    expect(response.status).toBe(200);
    expect(response.headers.get('ratelimit-policy')).toBe('"caller";q=20000;w=1');
  });

  it('does not hold for open routes', async () => {
    const response = await gateway.call('GET', '/health/live', { key: READ_ONLY_KEY });
    expect(response.status).toBe(200);
    expect(response.headers.get('ratelimit')).toBeNull();
  });
});
