import { Client } from 'pg';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { IndexBuilder } from '../../src/store/schema/index.builder.js';
import { SCHEMA_INDEXES } from '../../src/store/schema/schema.indexes.js';
import { aWrite, CREATED, LedgerParts, running } from '../ledger/support/ledger.parts.js';
import { PostgresSchema } from '../ledger/support/postgres.schema.js';
import { until } from '../support/until.js';

const RETRY_MS = 50;

describe('the indexes of a ledger that has operations', () => {
  let schema: PostgresSchema;
  let parts: LedgerParts;
  let builders: IndexBuilder[] = [];

  beforeEach(async () => {
    schema = await PostgresSchema.create();
    parts = await LedgerParts.open(new PostgresSource(schema.url()));
    running(await parts.ledger.begin(aWrite({ idempotencyKey: 'first' })));
    for (const { name, without } of SCHEMA_INDEXES)
      if (without === 'slower') await schema.query(`drop index ${name}`);
    for (const { replaces } of SCHEMA_INDEXES)
      for (const old of replaces) await schema.query(`create index ${old} on operations (id)`);
  });

  afterEach(async () => {
    await Promise.all(builders.map((builder) => builder.stop()));
    builders = [];
    await parts.close();
    await schema.drop();
  });

  const build = () => {
    const builder = new IndexBuilder(schema.url(), SCHEMA_INDEXES, RETRY_MS);
    builders.push(builder);
    builder.start();
  };
  const names = async (condition: string) => {
    const rows: { name: string }[] = await schema.query(
      `select relname as name from pg_index join pg_class on oid = indexrelid
       where indrelid = 'operations'::regclass and ${condition} order by relname`,
    );
    return rows.map(({ name }) => name);
  };
  const expected = SCHEMA_INDEXES.map(({ name }) => name);
  const complete = () =>
    until('all are there', async () => {
      const valid = await names('indisvalid');
      return expected.every((name) => valid.includes(name)) && (await names('not indisvalid')).length === 0;
    });
  const replacedAreGone = () =>
    until('what they replace is gone', async () => {
      const all = await names('true');
      return SCHEMA_INDEXES.every(({ replaces }) => replaces.every((old) => !all.includes(old)));
    });
  const waiting = async (): Promise<number> => {
    const [row] = await schema.query(
      `select count(*)::int as builds from pg_stat_activity
       where query like 'create%index concurrently%' and state = 'active' and datname = current_database()
         and application_name = 'tollgate indexes'`,
    );
    return row.builds;
  };

  /** An uncommitted write: an index build has to wait for it. */
  async function openWrite(): Promise<Client> {
    const client = new Client({ connectionString: schema.url().reveal() });
    await client.connect();
    await client.query(`begin; update operations set request_id = 'x' where idempotency_key = 'first'`);
    return client;
  }

  it('are built in the background, and replace earlier ones', async () => {
    build();
    await complete();
    await replacedAreGone();
  });

  it('neither lock writers nor delay the start while a build takes long', async () => {
    const open = await openWrite();
    try {
      const other = await LedgerParts.open(new PostgresSource(schema.url()));
      expect(other.database.state.status).toBe('ready');
      await until('a build waits', async () => (await waiting()) === 1);
      const operation = running(await parts.ledger.begin(aWrite({ idempotencyKey: 'second' })));
      expect(await parts.ledger.succeed(operation, CREATED)).toBe('recorded');
      expect((await parts.queries.list({ tenant: 'demo', limit: 10 })).items).toHaveLength(2);
      await open.query('commit');
      await complete();
      await other.close();
    } finally {
      await open.end();
    }
  });

  it('delay only the readiness if the ledger needs the missing index', async () => {
    await schema.query('drop index operations_unfinished');
    const open = await openWrite();
    const next = await LedgerParts.open(new PostgresSource(schema.url()));
    try {
      expect(next.database.state).toMatchObject({ status: 'down', trouble: 'index_missing' });
      expect(next.database.hasConnected).toBe(false);
      await until('a build waits', async () => (await waiting()) === 1);
      // A replica of the earlier version.
      const operation = running(await parts.ledger.begin(aWrite({ idempotencyKey: 'second' })));
      expect(await parts.ledger.succeed(operation, CREATED)).toBe('recorded');
      expect(next.database.hasConnected).toBe(false);
      await open.query('commit');
      await until('it is ready', () => next.database.state.status === 'ready');
      const [row] = await schema.query(
        `select indisunique, indisvalid from pg_index where indexrelid = 'operations_unfinished'::regclass`,
      );
      expect(row).toEqual({ indisunique: true, indisvalid: true });
    } finally {
      await open.end();
      await next.close();
    }
  });

  it('are built by one replica at a time', async () => {
    const open = await openWrite();
    try {
      for (let i = 0; i < 4; i += 1) build();
      await until('a build waits', async () => (await waiting()) >= 1);
      const tries = `select count(*)::int as tries from pg_stat_activity
        where application_name = 'tollgate indexes' and datname = current_database()`;
      await until('the others have tried', async () => (await schema.query(tries))[0].tries >= 2);
      expect(await waiting()).toBe(1);
      await open.query('commit');
      await complete();
    } finally {
      await open.end();
    }
  });

  it('are built again if a build was interrupted', async () => {
    const open = await openWrite();
    try {
      build();
      await until('a build waits', async () => (await waiting()) === 1);
      await schema.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where query like 'create%index concurrently%' and application_name = 'tollgate indexes'
           and datname = current_database()`,
      );
      await until('it left something', async () => (await names('not indisvalid')).length > 0);
      await open.query('commit');
      await complete();
    } finally {
      await open.end();
    }
  });
});
