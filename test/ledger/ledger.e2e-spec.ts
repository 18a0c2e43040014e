import type { Database } from '../../src/store/database/database.js';
import { ReusedDatabase } from '../support/database/reused.database.js';
import { LedgerParts } from './support/ledger.parts.js';
import { describeFences } from './support/fences.suite.js';
import { describeDecisions } from './support/decisions.suite.js';
import { describeListing } from './support/listing.suite.js';
import { describeOpenOperations } from './support/open.operations.suite.js';
import { describeRetention } from './support/retention.suite.js';
import { describeStoredResponses } from './support/stored.responses.suite.js';
import { describeHistories } from './support/random.histories.suite.js';
import { describeWritePath } from './support/write.path.suite.js';
import { describeLostOperations } from './support/lost.operations.suite.js';
import { describePreparedWrites } from './support/prepared.writes.suite.js';

describe('the ledger on the embedded database', () => {
  let database: Database;

  beforeAll(async () => {
    ({ database } = await LedgerParts.open(new ReusedDatabase()));
  });

  afterAll(() => database.onApplicationShutdown());

  describeWritePath(() => database);
  describeDecisions(() => database);
  describeListing(() => database);
  describeOpenOperations(() => database);
  describeStoredResponses(() => database);
  describeRetention(() => database);
  describeLostOperations(() => database);
  describePreparedWrites(() => database);
  describeFences(() => database);
  describeHistories(() => database, 25);
});
