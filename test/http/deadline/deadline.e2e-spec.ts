import { performance } from 'node:perf_hooks';
import { type CallResponse, startGateway, type TestGateway } from '../../support/gateway.js';

const CHECK = '/v1/users/42/entitlements/1337';
const HANDOUT = '/v1/voucher-handouts';

describe('Tollgate-Deadline-Ms', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
    await gateway.call('GET', CHECK);
  });

  afterAll(() => gateway.close());
  afterEach(() => gateway.spid.clearFaults());

  const withDeadline = (method: string, path: string, value: string): Promise<CallResponse> =>
    gateway.call(method, path, {
      headers: { 'tollgate-deadline-ms': value },
      ...(method !== 'GET' && {
        idempotencyKey: `deadline-${value}`,
        body: { userId: '42', voucherGroupId: '324673248' },
      }),
    });

  it.each(['', '0', '-1', '1.5', '1e3', '01', '120001', '999999999', 'soon', '5000, 5000', '5000ms', '٥٠٠٠'])(
    'is refused when it is %j',
    async (value) => {
      // fetch refuses what is no Latin-1.
      const sent = /^[\x20-\x7e]*$/.test(value) ? value : '%';
      const { status, body } = await withDeadline('GET', CHECK, sent);
      expect(status).toBe(400);
      expect(body).toMatchObject({
        type: '/docs/problems/validation-failed',
        errors: [
          {
            pointer: '/headers/Tollgate-Deadline-Ms',
            detail: 'must be a whole number of milliseconds from 1 to 120000',
          },
        ],
      });
      // Only writes have one.
      expect(body).not.toHaveProperty('outcome');
    },
  );

  it('bounds a read, retries included', async () => {
    await gateway.spid.fault('product_get', 'latency', 2, 5_000);
    const startedAt = performance.now();
    const { status, body } = await withDeadline('GET', CHECK, '300');
    const tookMs = performance.now() - startedAt;
    expect(status).toBe(503);
    expect(body).toMatchObject({
      type: '/docs/problems/upstream-unavailable',
      detail: 'Your deadline of 300 ms ended before the upstream responded.',
    });
    expect(tookMs).toBeGreaterThan(290);
    expect(tookMs).toBeLessThan(4_000);
  });

  it.each(['/v1/users/42/entitlements', '/v1/users/42/subscriptions'])(
    'is named when it ends GET %s',
    async (path) => {
      await gateway.spid.fault('*', 'latency', 2, 5_000);
      const { body } = await withDeadline('GET', path, '200');
      expect(body.detail).toBe('Your deadline of 200 ms ended before the upstream responded.');
    },
  );

  it('is not named where the upstream failed before its end', async () => {
    await gateway.import2.fault('*', 'status-502', 2);
    const { body } = await withDeadline('GET', '/v1/migrations/700001', '60000');
    expect(body.detail).toBe('The upstream failed (status 502).');
  });

  it('that ends before anything is sent is named, and nothing was sent', async () => {
    const lonely = await startGateway();
    try {
      await lonely.spid.fault('token', 'latency', 1, 5_000);
      const { body } = await lonely.call('GET', CHECK, { headers: { 'tollgate-deadline-ms': '200' } });
      expect(body.detail).toMatch(/^Your deadline of 200 ms ended before the upstream /);
    } finally {
      await lonely.close();
    }
  });

  it.each(['10000', '120000'])('of %s ms lets a fast write pass', async (value) => {
    const { status } = await withDeadline('POST', HANDOUT, value);
    expect(status).toBe(201);
  });

  it('of the time of one whole call is long enough to be tried', async () => {
    // On a busy machine, too little of it is left for the call.
    const { status, body } = await withDeadline('POST', HANDOUT, '6000');
    if (status !== 201) expect(body).toMatchObject({ status: 503, outcome: 'not_executed' });
  });

  it.each(['1', '5999'])('of %s ms is too short for a write, of which nothing is recorded', async (value) => {
    const before = await gateway.spid.effects('voucher_handout');
    const { status, body } = await withDeadline('POST', HANDOUT, value);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: '/docs/problems/validation-failed',
      outcome: 'not_executed',
      errors: [
        {
          pointer: '/headers/Tollgate-Deadline-Ms',
          detail: 'must be at least 6000 for this write, the time of one whole call',
        },
      ],
    });
    expect(body.operation).toBeUndefined();
    expect(await gateway.spid.effects('voucher_handout')).toEqual(before);
  });

  it('that is too short for a write is long enough for the stored response of a repeat', async () => {
    const key = { idempotencyKey: 'replayed', body: { userId: '42', voucherGroupId: '324673248' } };
    const first = await gateway.call('POST', HANDOUT, key);
    const repeat = await gateway.call('POST', HANDOUT, { ...key, headers: { 'tollgate-deadline-ms': '1' } });
    expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(repeat.body).toEqual(first.body);
  });

  it('of a migration is measured by the time of Import2', async () => {
    const { body } = await gateway.call('POST', '/v1/migrations', {
      headers: { 'tollgate-deadline-ms': '19999' },
      idempotencyKey: 'deadline-migration',
      body: { sourceTool: 'wordpress' },
    });
    expect(body.errors?.[0]?.detail).toMatch(/at least 20000 /);
  });

  it('on a route that calls no vendor is only checked', async () => {
    expect((await withDeadline('GET', '/v1/operations', '1')).status).toBe(200);
    expect((await withDeadline('GET', '/v1/operations', 'soon')).status).toBe(400);
  });
});
