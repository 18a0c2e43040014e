import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { SchemaTooNewError } from '../../src/store/database/database.errors.js';
import type { Schema } from '../../src/store/schema/schema.js';
import { applySchema } from '../../src/store/schema/schema.apply.js';
import { SCHEMA_INDEXES } from '../../src/store/schema/schema.indexes.js';
import { SCHEMA_VERSIONS } from '../../src/store/schema/schema.versions.js';
import { LedgerParts } from '../ledger/support/ledger.parts.js';
import { PostgresSchema } from '../ledger/support/postgres.schema.js';
import { until } from '../support/until.js';

const NEWEST = SCHEMA_VERSIONS.length;

describe('the schema on PostgreSQL', () => {
  let schema: PostgresSchema;
  let db: Kysely<Schema>;

  beforeEach(async () => {
    schema = await PostgresSchema.create();
    db = new Kysely({
      dialect: new PostgresDialect({ pool: new Pool({ connectionString: schema.url().reveal() }) }),
    });
  });

  afterEach(async () => {
    await db.destroy();
    await schema.drop();
  });

  const versions = () => schema.query('select version, name from tollgate_schema order by version');

  it('is applied once by replicas that start concurrently', async () => {
    const replicas = await Promise.all(
      Array.from({ length: 4 }, () => LedgerParts.open(new PostgresSource(schema.url()))),
    );
    expect(replicas.map(({ database }) => database.state.status)).toEqual([
      'ready',
      'ready',
      'ready',
      'ready',
    ]);
    expect(await versions()).toEqual(SCHEMA_VERSIONS.map(({ version, name }) => ({ version, name })));
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  it('continues from the stored version', async () => {
    const published = SCHEMA_VERSIONS.map(({ version, name }) => ({ version, name }));
    const next = { version: NEWEST + 1, name: 'next', statements: ['create table next_thing (id integer)'] };
    await applySchema(db, SCHEMA_VERSIONS);
    await Promise.all([1, 2, 3].map(() => applySchema(db, [...SCHEMA_VERSIONS, next])));
    expect(await versions()).toEqual([...published, { version: NEWEST + 1, name: 'next' }]);
  });

  it('does not block writers while a step waits for a long transaction', async () => {
    await applySchema(db, SCHEMA_VERSIONS.slice(0, 3), []);
    const backup = new Client({ connectionString: schema.url().reveal() });
    await backup.connect();
    await backup.query('begin; lock table operations in access share mode');
    const opening = LedgerParts.open(new PostgresSource(schema.url()));
    const waiting = () =>
      schema.query(`select from pg_locks where relation = 'operations'::regclass and not granted`);
    await until('the step waits', async () => (await waiting()).length > 0);
    await schema.query(`set statement_timeout = '4s'; update operations set state = state`);
    const parts = await opening;
    try {
      expect(parts.database.state.status).toBe('down');
      await backup.query('commit');
      await until('the step is applied', () => parts.database.state.status === 'ready');
      expect(await versions()).toHaveLength(NEWEST);
    } finally {
      await backup.end();
      await parts.close();
    }
  });

  it('reads no row of a ledger of version 3 while it locks writers', async () => {
    await applySchema(db, SCHEMA_VERSIONS.slice(0, 3), []);
    await schema.query(
      `insert into operations (id, claim, tenant, caller, kind, fingerprint, state, request, owner, created_at, sent_at)
       values (gen_random_uuid(), gen_random_uuid(), 'demo', 'shop', 'voucher_handout', 'f', 'unknown', '{}', 'x', now(), now())`,
    );
    await applySchema(db);
    const [validated] = await schema.query(
      `select count(*)::int as number from pg_constraint where conrelid = 'operations'::regclass and contype = 'c' and convalidated`,
    );
    expect(validated.number).toBe(1);
    const built = await schema.query(
      `select relname as name from pg_index join pg_class on oid = indexrelid where indrelid = 'operations'::regclass`,
    );
    const names = new Set(built.map(({ name }) => name));
    expect(SCHEMA_INDEXES.filter(({ name }) => names.has(name))).toEqual([]);
  });

  it('rolls back a step that fails', async () => {
    const broken = {
      version: NEWEST + 1,
      name: 'broken',
      statements: ['create table half (id integer)', 'create nonsense'],
    };
    await expect(applySchema(db, [...SCHEMA_VERSIONS, broken])).rejects.toThrow('syntax error');
    expect(
      await schema.query(`select to_regclass('half') as half, to_regclass('operations') as operations`),
    ).toEqual([{ half: null, operations: null }]);
  });

  it('stops the start if it is newer than the program, and names both versions', async () => {
    await applySchema(db, SCHEMA_VERSIONS);
    await schema.query(`insert into tollgate_schema (version, name) values (99, 'future')`);
    const start = LedgerParts.open(new PostgresSource(schema.url()));
    await expect(start).rejects.toMatchObject({
      name: 'StartRefusedError',
      cause: expect.any(SchemaTooNewError),
    });
    await expect(start).rejects.toThrow(`schema version 99, this program knows versions up to ${NEWEST}`);
  });
});
