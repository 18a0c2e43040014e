import { Clock } from '../../src/config/clock.js';
import { UserFences } from '../../src/ledger/fence/user.fences.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { LedgerParts } from './support/ledger.parts.js';
import { describeFences } from './support/fences.suite.js';
import { PostgresSchema } from './support/postgres.schema.js';

describe('fences on PostgreSQL', () => {
  let schema: PostgresSchema;
  let replicas: readonly LedgerParts[];

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    replicas = await Promise.all([1, 2].map(() => LedgerParts.open(new PostgresSource(schema.url()))));
  });

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await schema.drop();
  });

  describeFences(
    () => replicas[0]!.database,
    () => replicas[1]!.database,
  );

  it('are not read before their index is there', async () => {
    await schema.query('drop index operations_fence');
    const fences = new UserFences(replicas[0]!.database, new Clock(), 600_000);
    await expect(fences.read('spid:a', '42')).rejects.toThrow(/index is being built/);
  });
});
