import { FULL_ACCESS_KEY, startGateway, type TestGateway } from '../support/gateway.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the request log', () => {
  const lines: string[] = [];
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ log: { write: (line) => void lines.push(line) } });
  });

  afterAll(() => gateway.close());

  const requestLine = (requestId: string): Record<string, unknown> | undefined =>
    lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find((line) => line['requestId'] === requestId && line['msg'] === 'request');

  it('has one line per request: who, for whom, which route, how it ended', async () => {
    await gateway.call('GET', '/v1/users/42/entitlements/1337', {
      headers: { 'x-request-id': 'log-1', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
    });
    expect(requestLine('log-1')).toMatchObject({
      level: 'info',
      traceId: TRACE,
      caller: expect.any(String),
      tenant: 'demo',
      method: 'GET',
      route: '/v1/users/:userId/entitlements/:productId',
      status: 200,
      ms: expect.any(Number),
      upstreamCalls: expect.any(Number),
    });
    expect(lines.filter((line) => line.includes('"log-1"'))).toHaveLength(1);
  });

  it('logs a refused request without its key', async () => {
    await gateway.call('GET', '/v1/voucher-groups', {
      key: 'tg_wrong_key_value',
      headers: { 'x-request-id': 'log-2' },
    });
    expect(requestLine('log-2')).toMatchObject({ status: 401 });
  });

  it('logs the cause of a failure once, and no vendor text', async () => {
    await gateway.spid.fault('product_get', 'garbled');
    await gateway.call('GET', '/v1/users/42/entitlements/1337', { headers: { 'x-request-id': 'log-3' } });
    const errors = lines.filter((line) => line.includes('"log-3"') && line.includes('"level":"error"'));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('NoTrustworthyAnswerError');
  });

  it('never holds a key, a token, a code or a body', async () => {
    const drawn = await gateway.call('POST', '/v1/voucher-groups/324673248/codes', {
      body: { amount: 1 },
      idempotencyKey: 'log-draw',
    });
    const code = drawn.body.items[0].code as string;
    await gateway.call('GET', `/v1/vouchers/${code}`);
    await gateway.call('POST', '/v1/migrations', {
      idempotencyKey: 'log-migration',
      body: {
        sourceTool: 'wordpress',
        destinationUsername: 'a@example.com',
        destinationToken: 'very-secret-token',
      },
    });
    await gateway.call('POST', '/v1/token-imports', {
      idempotencyKey: 'log-tokens',
      body: { tokenName: 'demo', tokens: ['imported-token-value'] },
    });
    const all = lines.join('');
    for (const secret of [
      FULL_ACCESS_KEY,
      code,
      'very-secret-token',
      'imported-token-value',
      'foobar',
      'tg_wrong_key_value',
    ]) {
      expect(all).not.toContain(secret);
    }
    expect(all).not.toMatch(/[0-9a-f]{40}/);
  });
});
