import type { Database } from '../../src/store/database/database.js';
import { ReusedDatabase } from '../support/reused.database.js';
import { LedgerParts } from './support/ledger.parts.js';
import { describeArchive } from './support/archive.suite.js';
import { describeHistories } from './support/ledger.model.js';
import { describeLedger } from './support/ledger.suite.js';
import { describeLost } from './support/lost.suite.js';
import { describePrepared } from './support/prepared.suite.js';

describe('the ledger on the embedded database', () => {
  let database: Database;

  beforeAll(async () => {
    ({ database } = await LedgerParts.open(new ReusedDatabase()));
  });

  afterAll(() => database.onApplicationShutdown());

  describeLedger(() => database);
  describeArchive(() => database);
  describeLost(() => database);
  describePrepared(() => database);
  describeHistories(() => database, 60);
});
