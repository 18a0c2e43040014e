import type { Database } from '../../src/store/database.js';
import { EmbeddedSource } from '../../src/store/database.source.js';
import { describeJson } from './support/json.suite.js';
import { LedgerParts } from './support/ledger.parts.js';

describe('the embedded database', () => {
  let database: Database;

  beforeAll(async () => {
    ({ database } = await LedgerParts.open(new EmbeddedSource()));
  }, 60_000);

  afterAll(() => database.onApplicationShutdown());

  describeJson(() => database);
});
