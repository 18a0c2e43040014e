import { ProbeTimes } from '../../src/reconciliation/probe.times.js';
import { OperationRetention } from '../../src/ledger/upkeep/operation.retention.js';
import { SCOPES } from '../../src/config/scopes.js';
import { import2Account } from '../../src/config/vendor.account.js';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import { Database } from '../../src/store/database/database.js';
import type { CallResponse } from '../support/gateway.js';
import { HeldVendor } from '../support/vendors/held.vendor.js';
import { RotatingGateway, type RotatingSettings } from '../support/rotating.gateway.js';
import { announcement, deliver, SECRETS } from '../support/vendors/webhooks.js';

const ONE = { id: 'one', key: { file: 'ledger-key' } };
const TWO = { id: 'two', key: { file: 'second-key' } };
const FINGERPRINT = { file: 'ledger-key' };
const CODES = '/v1/voucher-groups/324673248/codes';

describe('settings of the ledger that change while the gateway runs', () => {
  let vendor: HeldVendor;
  let rotating: RotatingGateway;

  async function start(changes: Partial<RotatingSettings> = {}): Promise<void> {
    vendor = await HeldVendor.start();
    rotating = await RotatingGateway.start(changes, vendor);
    rotating.folder.replace('second-key', Buffer.alloc(32, 9).toString('base64'));
    rotating.folder.replace('webhook-secret', SECRETS.demo);
  }

  afterEach(async () => {
    await rotating.close();
    await vendor.close();
  });

  const call = (
    method: string,
    path: string,
    idempotencyKey?: string,
    body?: object,
  ): Promise<CallResponse> =>
    rotating.gateway.call(method, path, {
      key: 'tg_first',
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(body && { body }),
    });
  const draw = (idempotencyKey: string) => call('POST', CODES, idempotencyKey, { amount: 1 });
  const migrate = (idempotencyKey: string) =>
    call('POST', '/v1/migrations', idempotencyKey, { sourceTool: 'highrise', destinationToken: 'customers' });
  const health = async () => (await call('GET', '/health/upstreams')).body.settings;
  const run: Database['run'] = (query) => rotating.gateway.app.get(Database, { strict: false }).run(query);
  const operations = () =>
    run((db) => db.selectFrom('operations').selectAll().orderBy('created_at').execute());

  /** Writes the file and waits until it is in force. */
  async function reload(changes: Partial<RotatingSettings>): Promise<void> {
    const source = rotating.gateway.app.get(SettingsSource);
    const before = source.current;
    Object.assign(rotating.settings, changes);
    rotating.write();
    await rotating.until(() => source.current !== before);
  }

  it('come with a webhook and the scopes that need them', async () => {
    const without = SCOPES.filter(
      (scope) => !['vouchers:draw', 'migrations:write', 'tokens:import'].includes(scope),
    );
    await start({ ledger: undefined, scopes: without });
    const refused = [await draw('a'), await migrate('b'), await deliver(rotating.gateway, announcement())];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 401]);
    await reload({
      ledger: { answerKeys: [ONE], fingerprintKey: FINGERPRINT },
      scopes: SCOPES,
      webhook: { secret: { file: 'webhook-secret' } },
    });
    const taken = [await draw('a'), await migrate('b'), await deliver(rotating.gateway, announcement())];
    expect(taken.map(({ status }) => status)).toEqual([201, 201, 202]);
    expect((await draw('a')).headers.get('idempotent-replayed')).toBe('true');
    const tokens = { tokenName: 'newsletter', tokens: ['a-token-of-a-customer'] };
    expect((await call('POST', '/v1/token-imports', 'c', tokens)).status).toBeLessThan(300);
  });

  it('encrypt with the first key at once, and decrypt with every key that is named', async () => {
    await start();
    const first = await draw('a');
    await reload({ ledger: { answerKeys: [TWO, ONE], fingerprintKey: FINGERPRINT } });
    const second = await draw('b');
    expect((await operations()).map((row) => row.answer_key_id)).toEqual(['one', 'two']);
    expect([(await draw('a')).body, (await draw('b')).body]).toEqual([first.body, second.body]);

    await reload({ ledger: { answerKeys: [TWO], fingerprintKey: FINGERPRINT } });
    expect(rotating.timesLogged("no longer has the key 'one'")).toBe(1);
    expect([(await draw('a')).status, (await draw('b')).body]).toEqual([410, second.body]);

    await reload({ ledger: { answerKeys: [TWO, ONE], fingerprintKey: FINGERPRINT } });
    expect((await draw('a')).body).toEqual(first.body);
  });

  it('lose no drawn code when all keys are taken away while the call runs', async () => {
    await start();
    vendor.hold('writes');
    const running = draw('a');
    await vendor.arrived(1, 'writes');
    await reload({ ledger: undefined, scopes: ['ops:read', 'entitlements:read'] });
    vendor.release();
    expect([(await running).status, (await draw('b')).status]).toEqual([201, 403]);
    expect((await operations())[0]).toMatchObject({ state: 'succeeded', answer_key_id: 'one' });
    const ledger = { answerKeys: [TWO, ONE], fingerprintKey: FINGERPRINT };
    await reload({ ledger, scopes: SCOPES });
    expect((await draw('a')).body).toEqual((await running).body);
  });

  it('are refused whole with another key under an id in force', async () => {
    await start();
    const first = await draw('a');
    rotating.folder.replace('ledger-key', Buffer.alloc(32, 8).toString('base64'));
    await rotating.until(async () => (await health()).state === 'refused');
    expect((await health()).faults).toEqual([
      { path: 'ledger.answerKeys[0].key', reason: expect.stringContaining("the key 'one' in force") },
    ]);
    expect((await draw('a')).body).toEqual(first.body);
    rotating.folder.replace('ledger-key', Buffer.alloc(32, 7).toString('base64'));
    await rotating.until(async () => (await health()).state === 'current');
  });

  it('recognise repeats by another fingerprint key only from then on, which is logged', async () => {
    await start();
    expect((await migrate('a')).status).toBe(201);
    await reload({ ledger: { answerKeys: [ONE], fingerprintKey: { file: 'second-key' } } });
    expect([(await migrate('a')).status, (await migrate('b')).status]).toEqual([422, 201]);
    expect((await migrate('b')).headers.get('idempotent-replayed')).toBe('true');
    // Another tenant of the same Import2 account names it by the new key from now on, so this one has to as well.
    const { tenants, ledger } = rotating.gateway.app.get(SettingsSource).current;
    const account = import2Account(tenants.get('demo')!.import2!, 'demo', ledger.fingerprintKey);
    expect((await operations()).map((row) => row.account === account)).toEqual([false, true]);
    expect(rotating.timesLogged('ledger.fingerprintKey: has changed')).toBe(1);
  });

  it('lengthen the lease of what begins from then on, and never shorten it', async () => {
    await start();
    const leaseMs = async (idempotencyKey: string): Promise<number> => {
      vendor.hold('writes');
      const running = draw(idempotencyKey);
      await vendor.arrived(vendor.writes.length + 1, 'writes');
      const sent = (await operations()).find((row) => row.state === 'sent');
      const { sent_at: sentAt, lease_until: leaseUntil } = sent!;
      vendor.release();
      await running;
      return leaseUntil!.getTime() - sentAt.getTime();
    };
    const ledger = { answerKeys: [ONE], fingerprintKey: FINGERPRINT };
    expect(Math.round((await leaseMs('a')) / 10_000)).toBe(6);
    await reload({ ledger: { ...ledger, leaseMs: 600_000 } });
    expect(Math.round((await leaseMs('b')) / 10_000)).toBe(60);
    expect(rotating.gateway.app.get(ProbeTimes).settleMs).toBe(1_200_000);
    rotating.settings.ledger = { ...ledger, leaseMs: 45_000 };
    rotating.write();
    await rotating.until(() => rotating.timesLogged('stay in force until the next start') === 1);
    expect(Math.round((await leaseMs('c')) / 10_000)).toBe(60);
  });

  it('keep operations and keys for other days from then on', async () => {
    await start();
    await draw('a');
    await draw('b');
    const retention = rotating.gateway.app.get(OperationRetention, { strict: false });
    const [first, second] = await operations();
    const age = (id: string, days: number) =>
      run((db) =>
        db
          .updateTable('operations')
          .set({ id: id.replace(/^.{8}/, '00000000'), finished_at: new Date(Date.now() - days * 86_400_000) })
          .where('id', '=', id)
          .execute(),
      );
    await age(first!.id, 12);
    await age(second!.id, 6);
    expect(await retention.sweep()).toEqual({ forgottenKeys: 0, deletedOperations: 0 });
    await reload({
      ledger: { answerKeys: [ONE], fingerprintKey: FINGERPRINT, operationDays: 10, keyDays: 5 },
    });
    expect(await retention.sweep()).toEqual({ forgottenKeys: 2, deletedOperations: 1 });
    const { body } = await rotating.gateway.call('GET', '/openapi.json', { key: null });
    expect(body.info.description).toMatch(/honoured for 5 days.+stored for 10 days/s);
  });
});
