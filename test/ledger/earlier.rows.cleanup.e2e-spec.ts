import { sql } from 'kysely';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secrets/secret.js';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { EarlierRowsCleanup } from '../../src/ledger/sealing/earlier.rows.cleanup.js';
import { Database } from '../../src/store/database/database.js';
import { EARLIER_ROWS, insertEarlierRows } from '../support/database/earlier.rows.js';
import { type CallResponse, startGateway, type TestGateway } from '../support/gateway.js';

const KEY = new Secret(Buffer.alloc(32, 'k').toString('base64'));

function withKeysOfBefore(demo: Settings): Settings {
  return {
    ...demo,
    ledger: { ...demo.ledger, fingerprintKey: KEY, answerKeys: [{ id: 'embedded', key: KEY }] },
  };
}

const idOf = (key: string) => EARLIER_ROWS.find((row) => row.idempotency_key === key)?.id ?? '';

describe('EarlierRowsCleanup', () => {
  let gateway: TestGateway;
  let database: Database;

  beforeAll(async () => {
    gateway = await startGateway({ settings: withKeysOfBefore });
    database = gateway.app.get(Database);
    // The tests run each step.
    await gateway.app.get(EarlierRowsCleanup, { strict: false }).onApplicationShutdown();
  });

  beforeEach(async () => {
    await database.run(async (db) => {
      await db.deleteFrom('operations').execute();
      await sql`update background_passes set position = null, finished_at = null, until = now()`.execute(db);
    });
    await insertEarlierRows(database);
  });

  afterAll(() => gateway.close());

  const sealing = () => new EarlierRowsCleanup(database, gateway.app.get(SettingsSource), new Clock());

  const dump = async () => {
    const rows = await database.run((db) =>
      sql<{ row: string }>`select t::text as row from operations t`.execute(db),
    );
    return rows.rows.map(({ row }) => row).join('\n');
  };

  const post = (path: string, idempotencyKey: string, body: object): Promise<CallResponse> =>
    gateway.call('POST', `/v1${path}`, { idempotencyKey, body });

  const group = (idempotencyKey: string, voucherCode: string) =>
    post('/voucher-groups', idempotencyKey, {
      title: 'Shared',
      type: 'campaign',
      unique: false,
      voucherCode,
    });

  const migration = (query: string) =>
    post('/migrations', 'old-migration', {
      sourceTool: 'wordpress',
      destinationUsername: 'old@acme.example',
      destinationToken: 'canary-destination-token',
      destinationInstanceUrl: `https://acme.crm.example/hooks/canary-in-path?token=${query}`,
    });

  /** Earlier responses stay valid: the keys, their requests and their responses. */
  async function keepTheirKeys(): Promise<void> {
    const creations = async () => (await gateway.spid.effects('voucher_group_create')).length;
    const before = await creations();
    const created = await group('old-group', 'CANARY-SHARED-26');
    expect([created.status, created.body.id, created.headers.get('idempotent-replayed')]).toEqual([
      201,
      '558917',
      'true',
    ]);
    expect((await group('old-group', 'CANARY-OTHER')).body.type).toBe(
      '/docs/problems/idempotency-key-reused',
    );
    const lost = await group('old-lost', 'CANARY-LOST-26');
    expect([lost.status, lost.body.operation]).toEqual([504, `/v1/operations/${idOf('old-lost')}`]);
    const started = await migration('canary-in-query');
    expect([started.status, started.body.id]).toEqual([201, '700001']);
    expect((await migration('other')).status).toBe(422);
    const other = await post('/token-imports', 'old-import', { tokenName: 'demo', tokens: ['a', 'b'] });
    expect([other.status, other.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(await creations()).toBe(before);
    const again = await group('old-released', 'CANARY-RELEASED-26');
    expect([again.body.type, again.headers.get('idempotent-replayed')]).not.toContain(
      '/docs/problems/idempotency-key-reused',
    );
    const operation = await gateway.call('GET', `/v1/operations/${idOf('old-released')}`);
    expect(operation.body).toMatchObject({ attempts: 2, request: { body: { voucherCode: '[redacted]' } } });
  }

  it('leaves the keys valid before it runs', keepTheirKeys);

  it('leaves the keys valid after it has run', async () => {
    expect(await sealing().step()).toBe('idle');
    await keepTheirKeys();
  });

  it('removes every secret and every guessable fingerprint', async () => {
    const before = await dump();
    expect(before.match(/canary/gi)).toHaveLength(8);
    await sealing().step();
    const after = await dump();
    expect(after).not.toMatch(/canary/i);
    for (const { fingerprint, request } of EARLIER_ROWS) {
      const isChanged = 'voucherCode' in request.body || 'destinationInstanceUrl' in request.body;
      expect([request, after.includes(fingerprint)]).toEqual([request, !isChanged]);
    }
    const { body } = await gateway.call('GET', '/v1/operations?limit=100');
    expect(body.items).toHaveLength(EARLIER_ROWS.length);
    const requests = body.items.map(({ request }: { request: { body: object } }) => request.body);
    expect(requests).toContainEqual({
      title: 'Shared',
      type: 'campaign',
      unique: false,
      voucherCode: '[redacted]',
    });
    expect(requests).toContainEqual(
      expect.objectContaining({ destinationInstanceUrl: 'https://acme.crm.example/[redacted]' }),
    );
    const grant = body.items.find(({ kind }: { kind: string }) => kind === 'entitlement_grant');
    expect(grant.resolution.reason).toBe('seen at https://console.example/?token=[redacted]');
    expect(grant.evidence[1].seen).toEqual({
      at: 'https://[redacted]@console.example/',
      vouchers: 1,
      voucherCode: '[redacted]',
    });
  });

  it('cleans each row once, with concurrent replicas and when repeated from the start', async () => {
    await Promise.all([sealing().step(), sealing().step(), sealing().step()]);
    const once = await dump();
    await database.run((db) => db.updateTable('background_passes').set({ position: null }).execute());
    await sealing().step();
    expect(await dump()).toBe(once);
  });

  it('continues where the last step ended', async () => {
    const [first] = EARLIER_ROWS.map(({ id }) => id);
    await database.run((db) =>
      db
        .updateTable('background_passes')
        .set({ position: first ?? '' })
        .execute(),
    );
    await sealing().step();
    const found = await dump();
    expect(found).toContain('CANARY-SHARED-26');
    expect(found).not.toContain('CANARY-LOST-26');
    const pass = await database.run((db) =>
      db.selectFrom('background_passes').selectAll().executeTakeFirstOrThrow(),
    );
    expect(pass.position).toBe(EARLIER_ROWS.at(-1)?.id);
    expect(pass.finished_at).toBeNull();
  });

  it('finishes a day after the schema update, not earlier', async () => {
    const work = sealing();
    expect(await work.step()).toBe('idle');
    await database.run((db) =>
      sql`update background_passes set until = now() - interval '1 hour'`.execute(db),
    );
    expect(await work.step()).toBe('over');
    await database.run((db) => db.updateTable('background_passes').set({ position: null }).execute());
    await database.run((db) => db.deleteFrom('operations').execute());
    await insertEarlierRows(database);
    expect(await sealing().step()).toBe('over');
    expect(await dump()).toMatch(/canary/i);
  });

  it('keeps what is added to a row meanwhile', async () => {
    const id = idOf('old-lost');
    const resolve = gateway.call('POST', `/v1/operations/${id}/resolution`, {
      body: { decision: 'not_executed', reason: 'not among the groups' },
    });
    await Promise.all([resolve, sealing().step()]);
    expect(await dump()).not.toMatch(/canary/i);
    const { body } = await gateway.call('GET', `/v1/operations/${id}`);
    expect(body).toMatchObject({ state: 'failed', resolution: { reason: 'not among the groups' } });
  });

  it('runs in the background of the gateway', async () => {
    const itself = sealing();
    itself.onModuleInit();
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline && /canary/i.test(await dump()))
      await new Promise((resolve) => setTimeout(resolve, 50));
    await itself.onApplicationShutdown();
    expect(await dump()).not.toMatch(/canary/i);
  });
});
