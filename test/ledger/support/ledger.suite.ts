import type { Database } from '../../../src/store/database/database.js';
import { describeDecisions } from './decisions.suite.js';
import { describeListing } from './listing.suite.js';
import { describeLostOperations } from './lost.operations.suite.js';
import { describeOpenOperations } from './open.operations.suite.js';
import { describePreparedWrites } from './prepared.writes.suite.js';
import { describeHistories } from './random.histories.suite.js';
import { describeRetention } from './retention.suite.js';
import { describeStoredResponses } from './stored.responses.suite.js';
import { describeUnknownCounts } from './unknown.counts.suite.js';
import { describeWritePath } from './write.path.suite.js';

/** What the ledger promises on any database. */
export function describeLedger(open: () => Database, histories: number): void {
  describeWritePath(open);
  describeDecisions(open);
  describeListing(open);
  describeOpenOperations(open);
  describeUnknownCounts(open);
  describeStoredResponses(open);
  describeRetention(open);
  describeLostOperations(open);
  describePreparedWrites(open);
  describeHistories(open, histories);
}
