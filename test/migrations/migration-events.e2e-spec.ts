import { createHash } from 'node:crypto';
import { LedgerCipher } from '../../src/ledger/sealing/ledger.cipher.js';
import { uuidv7 } from '../../src/ledger/operation.id.js';
import { MigrationEventRetention } from '../../src/migrations/events/migration.event.retention.js';
import { Database } from '../../src/store/database/database.js';
import { until } from '../support/until.js';
import { READ_ONLY_KEY, startGateway, type TestGateway } from '../support/gateway.js';
import {
  announcement,
  deliver,
  OTHER_KEY,
  SECRETS,
  signatureOf,
  TOKEN,
  webhookSettings,
} from '../support/vendors/webhooks.js';

const DAY_MS = 24 * 60 * 60_000;

describe('events of migrations', () => {
  let gateway: TestGateway;
  let nextId = 800_000;

  beforeAll(async () => {
    gateway = await startGateway({ settings: webhookSettings });
  });

  afterAll(() => gateway.close());

  /** An id for this test only. */
  const newId = () => String((nextId += 1));
  const list = (id: string, query = '', key?: string) =>
    gateway.call('GET', `/v1/migrations/${id}/events${query}`, key === undefined ? {} : { key });
  const statusesOf = async (id: string) =>
    (await list(id)).body.items.map(({ upstreamStatus }: { upstreamStatus: string }) => upstreamStatus);
  const rowsOf = (id: string) =>
    gateway.app
      .get(Database, { strict: false })
      .run((db) =>
        db.selectFrom('migration_events').selectAll().where('migration_id', '=', id).orderBy('id').execute(),
      );

  it('are received from Import2 and listed in the order of receipt', async () => {
    const url = `${gateway.url}/webhooks/import2/demo`;
    await gateway.import2.control('PUT', '/__webhook', { url, secret: SECRETS.demo });
    const started = await gateway.call('POST', '/v1/migrations', {
      idempotencyKey: 'events',
      body: { sourceTool: 'wordpress', destinationUsername: 'anna@acme.example' },
    });
    const { id } = started.body;
    for (let step = 0; step < 5; step += 1) {
      await gateway.import2.control('POST', `/__migrations/${id}/advance`, {});
    }
    await until('three events have arrived', async () => (await list(id)).body.items.length === 3);
    const { body, status } = await list(id, '', READ_ONLY_KEY);
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        ['sample_in_progress', 'Sample migration in progress', 'scheduled'],
        ['sample_completed', 'Sample migration completed', 'finished'],
        ['completed', 'Migration completed', 'finished'],
      ].map(([status, upstreamStatus, upstreamStatusCode]) => ({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        migrationId: id,
        status,
        upstreamStatus,
        upstreamStatusCode,
        users: { sourceTool: 12, destinationTool: 9, matched: 7 },
        occurredAt: expect.stringMatching(/Z$/),
        receivedAt: expect.stringMatching(/Z$/),
      })),
      nextCursor: null,
    });
    for (const { occurredAt, receivedAt } of body.items) {
      expect(Math.abs(Date.parse(receivedAt) - Date.parse(occurredAt))).toBeLessThan(10_000);
    }
    await gateway.import2.control('PUT', '/__webhook', { url: 'http://127.0.0.1:9/' });
  });

  it('are stored before the 202, with the body encrypted and bound to the row', async () => {
    const id = newId();
    const body = announcement({ id, note: 'a member of tomorrow, with an \u00e9' });
    const response = await deliver(gateway, body);
    expect([response.status, response.text]).toEqual([202, '']);
    const [row] = await rowsOf(id);
    expect(row).toMatchObject({ tenant: 'demo', signed: true });
    expect(row?.body_sha256).toBe(createHash('sha256').update(body).digest('hex'));
    const cipher = gateway.app.get(LedgerCipher, { strict: false });
    const sealed = { keyId: row?.body_key_id ?? '', ciphertext: row?.body_ciphertext ?? '' };
    expect(cipher.open(row?.id ?? '', sealed)).toBe(body);
    expect(() => cipher.open(uuidv7(Date.now()), sealed)).toThrow();
    expect(JSON.stringify(row)).not.toContain(TOKEN);
    expect((await list(id)).text).not.toContain(TOKEN);
  });

  it('are stored once per id, status and timestamp, however often they are sent (Import2 F34)', async () => {
    const id = newId();
    const first = announcement({ id });
    const { timestamp } = JSON.parse(first) as { timestamp: number };
    const responses = await Promise.all(Array.from({ length: 6 }, () => deliver(gateway, first)));
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 202));
    // The same event with other members is still the same event.
    expect((await deliver(gateway, announcement({ id, timestamp, users: null }))).status).toBe(202);
    expect(await rowsOf(id)).toHaveLength(1);
    await deliver(gateway, announcement({ id, timestamp: timestamp + 1 }));
    await deliver(gateway, announcement({ id, timestamp, status: 'Migration completed' }));
    await deliver(gateway, announcement({ id, timestamp, status: undefined }));
    await deliver(gateway, announcement({ id, timestamp, status: undefined }));
    expect(await rowsOf(id)).toHaveLength(4);
  });

  it('may arrive late and out of order, and keep an unknown status (Import2 F34, F29)', async () => {
    const id = newId();
    await deliver(gateway, announcement({ id, status: 'Migration completed' }));
    await deliver(
      gateway,
      announcement({ id, status: 'Sample Import in Progress', timestamp: Date.now() - 5_000 }),
    );
    await deliver(gateway, announcement({ id, status: 'Teleported', users: undefined }));
    const { items } = (await list(id)).body;
    expect(items.map(({ status }: { status: string }) => status)).toEqual([
      'completed',
      'sample_in_progress',
      'unknown',
    ]);
    expect(items[2]).toMatchObject({ upstreamStatus: 'Teleported', users: null });
    expect(items[1].occurredAt < items[0].occurredAt).toBe(true);
  });

  it('are accepted with the previous secret as well during a rotation', async () => {
    const id = newId();
    const body = announcement({ id });
    const signature = signatureOf(body, SECRETS.previous);
    expect((await deliver(gateway, body, { signature })).status).toBe(202);
    expect(await rowsOf(id)).toHaveLength(1);
  });

  describe('of two tenants', () => {
    it('are separate, even with the same ids', async () => {
      const id = newId();
      const body = announcement({ id });
      const signature = signatureOf(body, SECRETS.other);
      expect((await deliver(gateway, body)).status).toBe(202);
      expect((await deliver(gateway, body, { tenant: 'other', signature })).status).toBe(202);
      const mine = (await list(id)).body.items;
      const theirs = (await list(id, '', OTHER_KEY)).body.items;
      expect([mine.length, theirs.length]).toEqual([1, 1]);
      expect(mine[0].id).not.toBe(theirs[0].id);
    });

    it('do not reveal whether the other tenant has migrations', async () => {
      const id = newId();
      await deliver(gateway, announcement({ id }));
      const responses = await Promise.all([list(id, '', OTHER_KEY), list(newId(), '', OTHER_KEY)]);
      for (const { status, body } of responses)
        expect([status, body]).toEqual([200, { items: [], nextCursor: null }]);
    });
  });

  describe('in pages', () => {
    const texts = ['Sample migration in progress', 'Sample migration completed', 'Migration completed'];
    let id: string;

    beforeAll(async () => {
      id = newId();
      for (const status of texts) await deliver(gateway, announcement({ id, status }));
    });

    it('have no gaps, and later events are on later pages', async () => {
      const one = (await list(id, '?limit=2')).body;
      expect(one.items).toHaveLength(2);
      const two = (await list(id, `?limit=2&cursor=${one.nextCursor}`)).body;
      expect([...one.items, ...two.items].map(({ upstreamStatus }) => upstreamStatus)).toEqual(texts);
      expect(two.nextCursor).toBeNull();
      await deliver(gateway, announcement({ id, status: 'Undo in progress' }));
      const again = (await list(id, `?limit=2&cursor=${one.nextCursor}`)).body;
      expect(again.items).toHaveLength(2);
      expect(await statusesOf(id)).toEqual([...texts, 'Undo in progress']);
    });

    it.each(['?limit=0', '?limit=101', '?limit=x', '?cursor=x', '?cursor=', '?after=1'])(
      'refuse %s with 400',
      async (query) => {
        expect((await list(id, query)).body).toMatchObject({
          status: 400,
          type: '/docs/problems/validation-failed',
        });
      },
    );

    it('require a key with the scope', async () => {
      expect((await gateway.call('GET', `/v1/migrations/${id}/events`, { key: null })).status).toBe(401);
    });
  });

  it('are deleted after the retention period of operations, in batches', async () => {
    const database = gateway.app.get(Database, { strict: false });
    const [template] = await rowsOf(await newEvent());
    const rowAt = (ageDays: number, index: number) => {
      const receivedAt = new Date(Date.now() - ageDays * DAY_MS);
      return {
        ...template!,
        users: null,
        id: uuidv7(receivedAt.getTime()),
        migration_id: `old-${ageDays}-${index}`,
        received_at: receivedAt,
      };
    };
    const rows = [1, 2, 3, 4, 5].flatMap((index) => [rowAt(401, index), rowAt(399, index)]);
    await database.run((db) => db.insertInto('migration_events').values(rows).execute());
    const retention = gateway.app.get(MigrationEventRetention, { strict: false });
    expect(await retention.sweep(2)).toBe(5);
    expect(await retention.sweep(2)).toBe(0);
    expect(await rowsOf('old-401-1')).toHaveLength(0);
    expect(await rowsOf('old-399-5')).toHaveLength(1);
  });

  async function newEvent(): Promise<string> {
    const id = newId();
    await deliver(gateway, announcement({ id }));
    return id;
  }
});
