import type { Database } from '../../src/store/database/database.js';
import { ReusedDatabase } from '../support/database/reused.database.js';
import { describeLedger } from './support/ledger.suite.js';
import { LedgerParts } from './support/ledger.parts.js';
import { describeFences } from './support/fences.suite.js';

describe('the ledger on the embedded database', () => {
  let database: Database;

  beforeAll(async () => {
    ({ database } = await LedgerParts.open(new ReusedDatabase()));
  });

  afterAll(() => database.onApplicationShutdown());

  describeFences(() => database);
  describeLedger(() => database, 25);
});
