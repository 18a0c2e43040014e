import { PostgresSource } from '../../src/store/database/database.source.js';
import { aWrite, CREATED, LedgerParts, running } from '../ledger/support/ledger.parts.js';
import { PostgresSchema } from '../ledger/support/postgres.schema.js';

const WRITES = 60;

/** Of a grant and a handout, each row of which is looked up by its key, its id and its exclusive key. */
const ROWS_READ_MAX = 20;

describe('the statements of a write', () => {
  let schema: PostgresSchema;
  let parts: LedgerParts;

  beforeEach(async () => {
    schema = await PostgresSchema.create();
    parts = await LedgerParts.open(new PostgresSource(schema.url()));
  });

  afterEach(async () => {
    await parts.close();
    await schema.drop();
  });

  async function write(key: string): Promise<void> {
    const granted = aWrite({ idempotencyKey: key, account: 'a', exclusiveKey: key, prepared: true });
    const grant = running(await parts.ledger.begin(granted));
    expect(await parts.ledger.send(grant, { granted: false })).toBe(true);
    const handout = running(await parts.ledger.begin(aWrite({ idempotencyKey: `handout-${key}` })));
    expect(await parts.ledger.succeed(handout, CREATED)).toBe('recorded');
    expect(await parts.ledger.succeed(grant, CREATED)).toBe('recorded');
  }

  it.each([
    ['never analyzed', 'select 1'],
    ['analyzed while it was empty', 'analyze operations'],
  ])('read single rows although they were planned for an empty ledger, %s', async (_, first) => {
    await schema.query(first);
    for (let index = 0; index < WRITES; index += 1) await write(`key-${index}`);
    // The statistics of a session are published when it ends.
    await parts.close();
    const [read] = await schema.query(
      `select (seq_tup_read + idx_tup_fetch)::int as rows, n_tup_ins::int as inserted from pg_stat_user_tables
       where relid = 'operations'::regclass`,
    );
    expect(read.inserted).toBe(2 * WRITES);
    expect(read.rows / WRITES).toBeLessThan(ROWS_READ_MAX);
    parts = await LedgerParts.open(new PostgresSource(schema.url()));
  });
});
