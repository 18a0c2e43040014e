import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import { withoutSecretMembers } from '../../src/telemetry/masking/secret.members.js';
import { Database } from '../../src/store/database/database.js';
import { type CallResponse, startGateway, type TestGateway } from '../support/gateway.js';

/** Request fields that are stored unchanged because they are not secrets. A new field needs a decision. */
const PLAIN_FIELDS = new Set([
  'amount',
  'campaignId',
  'decision',
  'description',
  'destinationUsername',
  'evidence',
  'limit',
  'migrationId',
  'productId',
  'reason',
  'sourceTool',
  'startFull',
  'title',
  'tokenName',
  'type',
  'unique',
  'userId',
  'voucherGroupId',
]);

/* oxlint-disable typescript/no-explicit-any -- the OpenAPI document is JSON of many shapes */
describe('secrets in requests', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  const post = (path: string, body: object, idempotencyKey: string = randomUUID()): Promise<CallResponse> =>
    gateway.call('POST', `/v1${path}`, { idempotencyKey, body });

  const stored = async () => {
    const dump = sql<{ row: string }>`select t::text as row from operations t`;
    const { rows } = await gateway.app.get(Database).run((db) => dump.execute(db));
    return rows.map(({ row }) => row).join('\n');
  };

  const newest = async () => (await gateway.call('GET', '/v1/operations?limit=1')).body.items[0];

  const group = (voucherCode: string) => ({ title: 'Shared', type: 'campaign', unique: false, voucherCode });

  const migration = (destinationInstanceUrl: string) => ({
    sourceTool: 'wordpress',
    destinationUsername: 'anna@acme.example',
    destinationInstanceUrl,
  });

  it('classifies every field of every request body as secret or plain', async () => {
    const { body } = await gateway.call('GET', '/openapi.json', { key: null });
    const references = Object.entries<any>(body.paths)
      .filter(([path]) => path.startsWith('/v1/'))
      .map(([, item]) => item)
      .flatMap((item) => Object.values<any>(item))
      .map(({ requestBody }) => requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1))
      .filter((name) => name !== undefined);
    const fields = references.flatMap((name) => Object.keys(body.components.schemas[name].properties));
    expect(new Set(references).size).toBeGreaterThan(6);
    const kept = fields.filter((name) => {
      const value = { [name]: 'https://any.example/where' };
      return withoutSecretMembers(value) === value;
    });
    expect(kept.filter((name) => !PLAIN_FIELDS.has(name))).toEqual([]);
  });

  it('stores only the presence of a shared voucher code, and distinguishes requests by it', async () => {
    const first = await post('/voucher-groups', group('CANARY-ONE'), 'shared');
    expect(first.status).toBe(201);
    expect((await newest()).request.body).toEqual({ ...group('CANARY-ONE'), voucherCode: '[redacted]' });
    const repeat = await post('/voucher-groups', group('CANARY-ONE'), 'shared');
    expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    const other = await post('/voucher-groups', group('CANARY-TWO'), 'shared');
    expect(other.body.type).toBe('/docs/problems/idempotency-key-reused');
    expect((await gateway.spid.effects('voucher_group_create')).length).toBe(1);
    expect(await stored()).not.toContain('CANARY');
  });

  it('stores only the origin of an instance URL, and sends it complete', async () => {
    const address = 'https://crm.acme.example:8443/in/canary-path?k=canary-query#canary-fragment';
    expect((await post('/migrations', migration(address), 'address')).status).toBe(201);
    expect((await newest()).request.body.destinationInstanceUrl).toBe(
      'https://crm.acme.example:8443/[redacted]',
    );
    const repeat = await post('/migrations', migration(address), 'address');
    expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    const other = await post('/migrations', migration(address.replace('query', 'other')), 'address');
    expect(other.body.type).toBe('/docs/problems/idempotency-key-reused');
    expect(await stored()).not.toContain('canary');
  });

  it.each<[string, object, string]>([
    ['/migrations', migration('https://user:canary@acme.example/'), '/destinationInstanceUrl'],
    ['/migrations', migration('https://canary@acme.example/'), '/destinationInstanceUrl'],
    ['/voucher-groups', { title: 'https://a.example/?token=canary', type: 'campaign' }, '/title'],
    [
      '/voucher-groups',
      { title: 'a', type: 'campaign', description: 'see ftp://u:canary@a.example' },
      '/description',
    ],
    ['/migrations', { sourceTool: 'https://canary@a.example' }, '/sourceTool'],
    ['/token-imports', { tokenName: 'https://a.example/#access_token=canary', tokens: [1] }, '/tokenName'],
  ])('rejects a URL with a secret: POST %s %j', async (path, body, pointer) => {
    const response = await post(path, body);
    expect([response.status, response.body.errors?.map((each: any) => each.pointer)]).toEqual([
      400,
      [pointer],
    ]);
    expect(response.text).not.toContain('canary');
  });

  it.each<[object, string]>([
    [{ reason: 'seen at https://a.example/?api_key=canary' }, '/reason'],
    [{ evidence: 'https://u:canary@a.example' }, '/evidence'],
    [{ evidence: { at: [{ link: 'https://a.example/?sig=canary' }] } }, '/evidence'],
  ])('rejects a URL with a secret in a decision: %j', async (change, pointer) => {
    const { id } = await newest();
    const body = { decision: 'executed', reason: 'seen at the vendor', ...change };
    const response = await post(`/operations/${id}/resolution`, body);
    expect([response.status, response.body.errors?.map((each: any) => each.pointer)]).toEqual([
      400,
      [pointer],
    ]);
    expect(response.text).not.toContain('canary');
  });

  it('stores only the names of secrets in a decision', async () => {
    await gateway.spid.fault('product_grant', 'reset-before');
    const lost = await gateway.call('PUT', '/v1/users/938029/entitlements/1337');
    const body = {
      decision: 'not_executed',
      reason: 'seen at the vendor',
      evidence: { vouchers: [{ voucherCode: 'CANARY-3' }], codes: ['CANARY-4'], ticket: 'OPS-1' },
    };
    const decided = await gateway.call('POST', `${lost.body.operation}/resolution`, { body });
    expect(decided.body.evidence.at(-1).seen).toEqual({
      vouchers: [{ voucherCode: '[redacted]' }],
      codes: { count: 1 },
      ticket: 'OPS-1',
    });
    expect(await stored()).not.toContain('CANARY');
  });

  it('refuses a body where none is read, with a used key too, and takes what is empty as no body', async () => {
    const put = (body: unknown) =>
      gateway.call('PUT', '/v1/users/938029/entitlements/301694', { body, idempotencyKey: 'no-body' });
    expect((await put('null')).status).toBe(200);
    expect((await newest()).request).toEqual({ path: { userId: '938029', productId: '301694' }, body: {} });
    for (const body of [undefined, {}, ' \n']) {
      const repeat = await put(body);
      expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    }
    expect((await put({ note: 'canary-in-a-body' })).status).toBe(400);
    expect(await stored()).not.toContain('canary');
  });

  it('rejects a shared voucher code without a key to hash it, and accepts other requests', async () => {
    const source = gateway.app.get(SettingsSource);
    const before = source.current;
    const { fingerprintKey: _, ...ledger } = before.ledger;
    source.replace({ ...before, ledger });
    const refused = await post('/voucher-groups', group('CANARY-5'));
    const taken = await post('/voucher-groups', { title: 'Unique', type: 'campaign' });
    source.replace(before);
    expect([refused.status, refused.body.errors?.[0].pointer]).toEqual([400, '/voucherCode']);
    expect(refused.body.outcome).toBe('not_executed');
    expect(taken.status).toBe(201);
    expect(await stored()).not.toContain('CANARY');
  });
});
