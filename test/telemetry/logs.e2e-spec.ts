import { Readiness } from '../../src/http/health/readiness.js';
import { Database } from '../../src/store/database/database.js';
import { DatabaseUnavailableError } from '../../src/store/database/database.errors.js';
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

  /** The one error line of a request. */
  const errorOf = (requestId: string): unknown => {
    const errors = lines.filter(
      (line) => line.includes(`"${requestId}"`) && line.includes('"level":"error"'),
    );
    expect(errors).toHaveLength(1);
    return JSON.parse(errors[0] ?? '');
  };

  const failing = async (requestId: string, method: string, path: string, body?: unknown) => {
    const headers = { 'x-request-id': requestId };
    const response = await gateway.call(method, path, { headers, body, idempotencyKey: requestId });
    return { response, line: errorOf(requestId) };
  };

  const line = (problem: string, facts: Record<string, unknown>) => ({
    level: 'error',
    time: expect.any(String),
    context: 'Problem',
    problem,
    msg: expect.any(String),
    ...facts,
  });

  it('logs the reason of a failure once, without a stack and without vendor text', async () => {
    await gateway.spid.fault('product_get', 'garbled');
    const { line: logged } = await failing('log-3', 'GET', '/v1/users/42/entitlements/1337');
    const reason = expect.stringMatching(/^spid product_get: [\w ]{5,}/);
    expect(logged).toEqual(line('upstream-garbled', { requestId: 'log-3', reason }));
  });

  it.each([
    ['lost', 'reset-after', 'POST', '/v1/voucher-handouts', 'voucher_handout', 'voucher_handout'],
    [
      'a 5xx',
      'status-500',
      'DELETE',
      '/v1/users/42/entitlements/1337',
      'product_revoke',
      'entitlement_revoke',
    ],
    [
      'garbled',
      'garbled',
      'POST',
      '/v1/voucher-groups/324673248/codes',
      'vouchers_handout',
      'voucher_codes_draw',
    ],
  ])('names the operation of a write whose response is %s, and a reason', async (...given) => {
    const [, fault, method, path, call, kind] = given;
    await gateway.spid.fault(call, fault);
    const body = path.endsWith('codes') ? { amount: 1 } : { userId: '42', voucherGroupId: '324673248' };
    const requestId = `log-${call}`;
    const { response, line: logged } = await failing(
      requestId,
      method,
      path,
      method === 'POST' ? body : undefined,
    );
    expect(response.body.outcome).toBe('unknown');
    const operation = (response.body.operation as string).replace('/v1/operations/', '');
    const reason = expect.stringMatching(new RegExp(`^spid ${call}: [\\w ]{5,}`));
    expect(logged).toEqual(line('outcome-unknown', { requestId, operation, kind, tenant: 'demo', reason }));
  });

  it('gives the reason of a lost response once, in words', async () => {
    await gateway.spid.fault('voucher_handout', 'reset-after');
    const body = { userId: '43', voucherGroupId: '324673248' };
    const { line: logged } = await failing('log-6', 'POST', '/v1/voucher-handouts', body);
    const words = /^spid voucher_handout: the connection was (reset|closed) after sending \([A-Z_]+\)$/;
    expect(logged).toMatchObject({ reason: expect.stringMatching(words) });
  });

  it('reports what waits for a person from the start, and what a person decided', async () => {
    await gateway.spid.fault('voucher_handout', 'reset-after');
    const body = { userId: '44', voucherGroupId: '324673248' };
    const { response } = await failing('log-10', 'POST', '/v1/voucher-handouts', body);
    const path = response.body.operation as string;
    const operation = `operation ${path.replace('/v1/operations/', '')} (voucher_handout) of tenant demo`;
    const reported = () =>
      lines.map((each) => JSON.parse(each)).filter(({ msg }) => String(msg).startsWith(operation));
    const awaiting = {
      level: 'warn',
      requestId: 'log-10',
      msg: `${operation} waits for a person, without a recommendation`,
    };
    expect(reported()).toMatchObject([awaiting]);
    const decision = { decision: 'executed', reason: 'a text that is not for the log' };
    const { status } = await gateway.call('POST', `${path}/resolution`, { body: decision });
    expect(status).toBe(200);
    const again = await gateway.call('POST', `${path}/resolution`, { body: decision });
    expect(again.status).toBe(409);
    const decided = expect.stringMatching(/: executed, decided by [\w -]+$/);
    expect(reported()).toMatchObject([awaiting, { level: 'info', msg: decided }]);
    expect(lines.join('')).not.toContain(decision.reason);
  });

  it('logs an unknown outcome once, also if the request is repeated with its key or with another', async () => {
    await gateway.spid.fault('product_grant', 'reset-after');
    const path = '/v1/users/938029/entitlements/1337';
    await failing('log-7', 'PUT', path);
    for (const [requestId, idempotencyKey] of [
      ['log-8', 'log-7'],
      ['log-9', 'another-key'],
    ] as const) {
      const headers = { 'x-request-id': requestId };
      const { body } = await gateway.call('PUT', path, { headers, idempotencyKey });
      expect(body.code).toBe('outcome-unknown');
      const logged = lines.filter((each) => each.includes(`"${requestId}"`));
      expect(logged).toHaveLength(1);
      expect(requestLine(requestId)).toMatchObject({ level: 'info', status: 504 });
    }
  });

  it('logs a write that the database refuses with its reason, without a stack', async () => {
    const database = gateway.app.get(Database);
    const execute = () => Promise.reject(new DatabaseUnavailableError('it is gone'));
    Object.defineProperty(database, 'execute', { configurable: true, value: execute });
    const { response, line: logged } = await failing('log-4', 'PUT', '/v1/users/42/entitlements/1337');
    Reflect.deleteProperty(database, 'execute');
    expect(response.body.outcome).toBe('not_executed');
    const reason = 'the database cannot be used: it is gone';
    expect(logged).toEqual(
      line('ledger-unavailable', { requestId: 'log-4', kind: 'entitlement_grant', tenant: 'demo', reason }),
    );
  });

  it('has no more than the request of a write that is refused in a state of the database that was logged', async () => {
    const database = gateway.app.get(Database);
    const gone = new DatabaseUnavailableError('it is gone', { trouble: 'unreachable', isReported: true });
    const execute = () => Promise.reject(gone);
    Object.defineProperty(database, 'execute', { configurable: true, value: execute });
    const headers = { 'x-request-id': 'log-reported' };
    const { body } = await gateway.call('PUT', '/v1/users/42/entitlements/1337', { headers });
    Reflect.deleteProperty(database, 'execute');
    expect(body).toMatchObject({ code: 'ledger-unavailable', reason: 'unreachable' });
    expect(requestLine('log-reported')).toMatchObject({ status: 503 });
    expect(lines.filter((each) => each.includes('"log-reported"'))).toHaveLength(1);
  });

  it('logs a defect of the gateway with its stack', async () => {
    const readiness = gateway.app.get(Readiness);
    const report = () => {
      throw new TypeError('a defect');
    };
    Object.defineProperty(readiness, 'report', { configurable: true, value: report });
    const { line: logged } = await failing('log-5', 'GET', '/health/ready');
    Reflect.deleteProperty(readiness, 'report');
    expect(logged).toMatchObject({
      problem: 'internal-error',
      err: { name: 'TypeError', message: 'a defect', stack: expect.stringContaining('    at ') },
    });
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
