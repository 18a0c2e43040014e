import { SettingsSource } from '../../src/config/settings/settings.source.js';
import { PostgresSchema } from '../ledger/support/postgres.schema.js';
import { startGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const ALLOWING = { headers: { 'cache-control': 'max-age=30' } };
const PATH = '/v1/users/938029/entitlements/10117';

describe('checks with an age allowed, of two replicas with one PostgreSQL', () => {
  const replicas: TestGateway[] = [];
  let schema: PostgresSchema;

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    const env = { DATABASE_URL: schema.url().reveal() };
    const first = await startGateway({ env });
    replicas.push(first);
    // The same vendors and keys, so the same accounts.
    replicas.push(await startGateway({ env, settings: () => first.app.get(SettingsSource).current }));
  });

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await schema.drop();
  });

  it('show a write through the other replica at once, and come from memory before and after it', async () => {
    const check = async (replica: TestGateway) => {
      const { body, headers } = await replica.call('GET', PATH, ALLOWING);
      return [body.granted, headers.get('cache-status')?.startsWith('Tollgate; hit')];
    };
    const [one, other] = replicas as [TestGateway, TestGateway];
    for (const [writer, reader] of [
      [one, other],
      [other, one],
    ] as const) {
      expect((await writer.call('PUT', PATH)).status).toBe(200);
      expect((await check(reader))[0]).toBe(true);
      // The index of the fence may still be built, and a busy machine may not read the fence in time.
      await until('a check from memory', async () => (await check(reader))[1] === true);
      expect((await writer.call('DELETE', PATH)).status).toBe(200);
      expect((await check(reader))[0]).toBe(false);
    }
  });
});
