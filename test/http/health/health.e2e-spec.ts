import { READ_ONLY_KEY, startGateway, type TestGateway } from '../../support/gateway.js';
import { Readiness } from '../../../src/http/health/readiness.js';

describe('health', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  it('is alive and ready without a key and without detail', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const response = await gateway.call('GET', path, { key: null });
      expect([response.status, response.body]).toEqual([200, { status: 'up' }]);
    }
  });

  it('shows upstreams only to callers with ops:read', async () => {
    expect((await gateway.call('GET', '/health/upstreams', { key: null })).status).toBe(401);
    expect((await gateway.call('GET', '/health/upstreams', { key: READ_ONLY_KEY })).status).toBe(200);
  });

  it('shows last success, last failure, latency and the state of the token, never the token', async () => {
    await gateway.call('GET', '/v1/users/42/entitlements/1337');
    await gateway.spid.fault('product_get', 'garbled');
    expect((await gateway.call('GET', '/v1/users/42/entitlements/1337')).status).toBe(502);
    const { body, text } = await gateway.call('GET', '/health/upstreams');
    expect(body.items.find(({ upstream }: { upstream: string }) => upstream === 'spid')).toEqual({
      tenant: 'demo',
      upstream: 'spid',
      status: 'failing',
      lastSuccessAt: expect.stringMatching(/Z$/),
      lastFailureAt: expect.stringMatching(/Z$/),
      lastFailure: 'NoTrustworthyResponseError',
      lastFailureReason: expect.stringMatching(
        /^the response cannot be read \(.*\): check that baseUrl is the API/,
      ),
      lastLatencyMs: expect.any(Number),
      token: { state: 'valid', expiresAt: expect.stringMatching(/Z$/) },
      rotation: null,
    });
    expect(body.settings).toEqual({ state: 'current', since: expect.stringMatching(/Z$/), faults: [] });
    expect(text).not.toMatch(/[0-9a-f]{40}/);
  });

  it('stays ready while an upstream fails', async () => {
    await gateway.spid.fault('*', 'status-500', 2);
    await gateway.call('GET', '/v1/users/42/entitlements/1337');
    expect((await gateway.call('GET', '/health/ready')).status).toBe(200);
    await gateway.spid.clearFaults();
  });

  it('reports why it is not ready while it drains', async () => {
    gateway.app.get(Readiness).drain();
    const response = await gateway.call('GET', '/health/ready', { key: null });
    expect([response.status, response.body]).toEqual([503, { status: 'down', reason: 'draining' }]);
    expect((await gateway.call('GET', '/health/live', { key: null })).body).toEqual({ status: 'up' });
  });
});
