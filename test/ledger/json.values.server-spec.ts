import { PostgresSource } from '../../src/store/database/database.source.js';
import { describeJsonValues } from './support/json.values.suite.js';
import { LedgerParts } from './support/ledger.parts.js';
import { PostgresSchema } from './support/postgres.schema.js';

describe('PostgreSQL', () => {
  let schema: PostgresSchema;
  let parts: LedgerParts;

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    parts = await LedgerParts.open(new PostgresSource(schema.url()));
  });

  afterAll(async () => {
    await parts.close();
    await schema.drop();
  });

  describeJsonValues(() => parts.database);
});
