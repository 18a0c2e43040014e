import { Database } from '../../src/store/database/database.js';
import { startGateway, type TestGateway } from '../support/gateway.js';
import {
  announcement,
  type BytesOptions,
  deliverBytes,
  webhookSettings,
} from '../support/vendors/webhooks.js';

describe('a signed webhook in another notation', () => {
  let gateway: TestGateway;
  let nextId = 600_000;

  beforeAll(async () => {
    gateway = await startGateway({ settings: webhookSettings });
  });

  afterAll(() => gateway.close());

  const eventsOf = async (id: string) =>
    (await gateway.call('GET', `/v1/migrations/${id}/events`)).body.items;
  const newId = () => String((nextId += 1));

  it.each<[string, BytesOptions]>([
    ['a slash at the end', { path: '/webhooks/import2/demo/' }],
    ['a slash and a query', { path: '/webhooks/import2/demo/?from=import2' }],
    ['no Content-Type', { lines: [] }],
    ['an empty Content-Type', { lines: ['Content-Type: '] }],
    ['an unknown Content-Type', { lines: ['Content-Type: application/vnd.import2+json; v=3'] }],
    ['what is no Content-Type', { lines: ['Content-Type: json'] }],
    ['two Content-Types', { lines: ['Content-Type: text/plain', 'Content-Type: application/json'] }],
    [
      'the same Content-Type twice',
      { lines: ['Content-Type: application/json', 'content-type: application/json'] },
    ],
  ])('is stored with %s', async (_, options) => {
    const id = newId();
    expect(await deliverBytes(gateway, Buffer.from(announcement({ id })), options)).toBe(202);
    expect(await eventsOf(id)).toMatchObject([{ migrationId: id, status: 'sample_completed' }]);
  });

  it('is stored and encrypted with its byte order mark', async () => {
    const id = newId();
    const body = Buffer.from(`\ufeff${announcement({ id })}`);
    expect(await deliverBytes(gateway, body)).toBe(202);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it.each(['650001', '9007199254740993', '123456789012345678901234567890'])(
    'is stored with the number %s for an id, digit by digit',
    async (id) => {
      const body = Buffer.from(announcement({ id: '@' }).replace('"@"', id));
      expect(await deliverBytes(gateway, body)).toBe(202);
      expect(await eventsOf(id)).toMatchObject([{ migrationId: id }]);
    },
  );

  it('is the same event in every notation', async () => {
    const id = newId();
    const body = announcement({ id });
    for (const each of [body, `\ufeff${body}`, body.replace(`"${id}"`, id)]) {
      expect(await deliverBytes(gateway, Buffer.from(each))).toBe(202);
    }
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('is the only route with a trailing slash, and never with two', async () => {
    const body = Buffer.from(announcement());
    expect(await deliverBytes(gateway, body, { path: '/webhooks/import2/demo//' })).toBe(404);
    expect((await gateway.call('GET', '/v1/migrations/')).status).toBe(404);
    const read = await gateway.call('GET', '/webhooks/import2/demo/', { key: null });
    expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('is refused where two HTTP parsers could read two requests', async () => {
    const before = await stored();
    const body = Buffer.from(announcement());
    expect(await deliverBytes(gateway, body, { lines: ['Host: other'] })).toBe(400);
    expect(await stored()).toBe(before);
  });

  async function stored(): Promise<number> {
    const database = gateway.app.get(Database, { strict: false });
    return (await database.run((db) => db.selectFrom('migration_events').select('id').execute())).length;
  }
});
