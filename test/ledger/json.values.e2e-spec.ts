import type { Database } from '../../src/store/database/database.js';
import { ReusedDatabase } from '../support/database/reused.database.js';
import { describeJsonValues } from './support/json.values.suite.js';
import { LedgerParts } from './support/ledger.parts.js';

describe('the embedded database', () => {
  let database: Database;

  beforeAll(async () => {
    ({ database } = await LedgerParts.open(new ReusedDatabase()));
  });

  afterAll(() => database.onApplicationShutdown());

  describeJsonValues(() => database);
});
