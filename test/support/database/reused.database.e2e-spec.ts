import { sql } from 'kysely';
import { Database } from '../../../src/store/database/database.js';
import { startGateway, type TestGateway } from '../gateway.js';

describe('the database of test gateways that follow one another', () => {
  const grant = (gateway: TestGateway) => gateway.call('PUT', '/v1/users/42/entitlements/1337');
  const operations = async (gateway: TestGateway) => (await gateway.call('GET', '/v1/operations')).body.items;
  const rowsOf = (gateway: TestGateway, table: string) =>
    gateway.app
      .get(Database)
      .run((db) => sql<object>`select * from ${sql.table(table)}`.execute(db))
      .then(({ rows }) => rows);

  it('has none of the rows of the gateway before, and those of a new database', async () => {
    const first = await startGateway();
    const versions = await rowsOf(first, 'tollgate_schema');
    await grant(first);
    expect(await operations(first)).toHaveLength(1);
    await first.close();
    const second = await startGateway();
    expect(await operations(second)).toEqual([]);
    expect(await rowsOf(second, 'tollgate_schema')).toEqual(versions);
    await second.close();
  });

  it('is a new one when the gateway before has changed a table', async () => {
    const first = await startGateway();
    await first.app.get(Database).run((db) => sql`alter table operations add column more text`.execute(db));
    await first.close();
    const second = await startGateway();
    await grant(second);
    const [row] = await rowsOf(second, 'operations');
    expect(row).toHaveProperty('id');
    expect(row).not.toHaveProperty('more');
    await second.close();
  });

  it('is not shared by gateways that run at once, and takes no statement of one that has ended', async () => {
    const [first, second] = await Promise.all([startGateway(), startGateway()]);
    await grant(first);
    expect(await operations(second)).toEqual([]);
    const database = first.app.get(Database);
    await first.close();
    await expect(database.run((db) => sql`select 1`.execute(db))).rejects.toThrow('shut down');
    await second.close();
  });
});
