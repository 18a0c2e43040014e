import { Database } from '../../../src/store/database/database.js';
import { until } from '../../support/until.js';
import { READ_ONLY_KEY, startGateway, type CallResponse, type TestGateway } from '../../support/gateway.js';

const HANDOUT = { userId: '938029', voucherGroupId: '324673248' };

describe('a write with an Idempotency-Key', () => {
  let gateway: TestGateway;
  let number = 0;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterEach(() => gateway.spid.clearFaults());
  afterAll(() => gateway.close());

  const newKey = () => `idempotency-${(number += 1)}`;
  const handOut = (idempotencyKey: string, body: object = HANDOUT): Promise<CallResponse> =>
    gateway.call('POST', '/v1/voucher-handouts', { idempotencyKey, body });
  const handouts = async () => (await gateway.spid.effects('voucher_handout')).length;

  it('is executed once, and a repeat returns the same status, body and Location', async () => {
    const before = await handouts();
    const key = newKey();
    const first = await handOut(key);
    const second = await handOut(key);
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(first.headers.get('location')).toBe(`/v1/voucher-handouts/${first.body.id}`);
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await handouts()).toBe(before + 1);
  });

  it('is the same request with members in any order, and with the key quoted or bare', async () => {
    const key = newKey();
    const first = await handOut(key);
    const { userId, voucherGroupId } = HANDOUT;
    const second = await handOut(`"${key}"`, { voucherGroupId, userId });
    expect(second.body).toEqual(first.body);
  });

  it('returns 422 if the key was used for another request', async () => {
    const key = newKey();
    await handOut(key);
    const other = await handOut(key, { ...HANDOUT, userId: '42' });
    expect([other.status, other.body.type]).toEqual([422, '/docs/problems/idempotency-key-reused']);
    expect(other.body.outcome).toBe('not_executed');
  });

  it('returns 409 with Retry-After while the first attempt is running', async () => {
    const key = newKey();
    await gateway.spid.fault('voucher_handout', 'latency', 1, 300);
    const responses = await Promise.all([handOut(key), handOut(key)]);
    const refused = responses.find(({ status }) => status !== 201);
    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(refused?.body).toMatchObject({ type: '/docs/problems/operation-in-progress', outcome: 'unknown' });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each(['reset-after', 'truncated', 'garbled', 'status-500', 'reset-before'])(
    'has an unknown outcome after %s, and is never executed again',
    async (kind) => {
      const key = newKey();
      await gateway.spid.fault('voucher_handout', kind);
      const first = await handOut(key);
      expect([first.status, first.body.type]).toEqual([504, '/docs/problems/outcome-unknown']);
      expect(first.body.operation).toMatch(/^\/v1\/operations\/[0-9a-f-]{36}$/);
      const executed = await handouts();
      const second = await handOut(key);
      expect([second.status, second.body.outcome, second.body.operation]).toEqual([
        504,
        'unknown',
        first.body.operation,
      ]);
      expect(second.headers.get('idempotent-replayed')).toBe('true');
      expect(await handouts()).toBe(executed);
      const { body: operation } = await gateway.call('GET', first.body.operation);
      expect(operation).toMatchObject({ state: 'unknown', outcome: 'unknown', attempts: 1 });
      expect(operation.evidence).toEqual([
        expect.objectContaining({ by: 'gateway', asked: 'how did the call end?' }),
      ]);
    },
  );

  it('leaves the key free if it was not executed', async () => {
    const key = newKey();
    const before = await handouts();
    await gateway.spid.fault('voucher_handout', 'status-420');
    const throttled = await handOut(key);
    expect([throttled.status, throttled.body.outcome]).toEqual([503, 'not_executed']);
    expect((await handOut(key)).status).toBe(201);
    expect(await handouts()).toBe(before + 1);
  });

  it('replays a refusal of the upstream unchanged', async () => {
    const key = newKey();
    const unknownUser = { ...HANDOUT, userId: '555' };
    const first = await handOut(key, unknownUser);
    const second = await handOut(key, unknownUser);
    expect([first.status, first.body.type]).toEqual([404, '/docs/problems/user-not-found']);
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(second.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(second.headers.get('idempotent-replayed')).toBe('true');
  });

  it('is restored and replayed if the database lost its row during the call', async () => {
    const key = newKey();
    const before = await handouts();
    const database = gateway.app.get(Database, { strict: false });
    await gateway.spid.fault('voucher_handout', 'latency', 1, 1_000);
    const running = handOut(key);
    await until('its row is lost', async () => {
      const lost = await database.run((db) =>
        db
          .deleteFrom('operations')
          .where('idempotency_key', '=', key)
          .where('state', '=', 'sent')
          .returning('id')
          .execute(),
      );
      return lost.length === 1;
    });
    const first = await running;
    const second = await handOut(key);
    expect([first.status, second.status, second.body]).toEqual([201, 201, first.body]);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await handouts()).toBe(before + 1);
    const { body: operation } = await gateway.call('GET', `/v1/operations/${first.body.id}`);
    expect(operation).toMatchObject({ state: 'succeeded', outcome: 'executed', userId: HANDOUT.userId });
  });

  it('is not claimed by a request that is rejected earlier', async () => {
    const key = newKey();
    expect((await handOut(key, { ...HANDOUT, surprise: 1 })).status).toBe(400);
    expect((await handOut(key)).status).toBe(201);
  });

  it('replays drawn codes only to the caller who drew them', async () => {
    const draw = (key: string | undefined, idempotencyKey: string) =>
      gateway.call('POST', '/v1/voucher-groups/324673248/codes', {
        idempotencyKey,
        body: { amount: 2 },
        ...(key ? { key } : {}),
      });
    const idempotencyKey = newKey();
    const first = await draw(undefined, idempotencyKey);
    const second = await draw(undefined, idempotencyKey);
    expect(first.body.items).toHaveLength(2);
    expect(second.body).toEqual(first.body);
    expect((await draw(READ_ONLY_KEY, idempotencyKey)).status).toBe(403);
    expect(await gateway.spid.effects('vouchers_handout')).toHaveLength(1);
  });

  it('returns 410 answer-lost if the encryption key of its response was removed', async () => {
    const idempotencyKey = newKey();
    const draw = () =>
      gateway.call('POST', '/v1/voucher-groups/324673248/codes', { idempotencyKey, body: { amount: 1 } });
    await draw();
    const database = gateway.app.get(Database, { strict: false });
    await database.run((db) =>
      db
        .updateTable('operations')
        .set({ answer_key_id: 'gone' })
        .where('idempotency_key', '=', idempotencyKey)
        .execute(),
    );
    const { status, body, headers } = await draw();
    expect([status, body.type, body.outcome]).toEqual([410, '/docs/problems/answer-lost', 'executed']);
    expect([body.operation, headers.get('idempotent-replayed')]).toEqual([expect.any(String), 'true']);
  });

  it('recognises a repeat by its secret parts without storing them', async () => {
    const start = (destinationToken: string, idempotencyKey: string) =>
      gateway.call('POST', '/v1/migrations', {
        idempotencyKey,
        body: { sourceTool: 'wordpress', destinationUsername: 'keyed@example.com', destinationToken },
      });
    const key = newKey();
    const first = await start('token-a', key);
    expect((await start('token-a', key)).body).toEqual(first.body);
    expect((await start('token-b', key)).status).toBe(422);
  });

  it('needs no key on routes where it is optional, and is recorded anyway', async () => {
    const grant = () => gateway.call('PUT', '/v1/users/938029/entitlements/1337');
    expect([(await grant()).status, (await grant()).status]).toEqual([200, 200]);
  });

  it('starts once for many concurrent requests', async () => {
    const key = newKey();
    const before = await handouts();
    const responses = await Promise.all(Array.from({ length: 20 }, () => handOut(key)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201, 409]));
    expect(await handouts()).toBe(before + 1);
  });
});
