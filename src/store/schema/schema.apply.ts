import { type Kysely, sql } from 'kysely';
import { SchemaTooNewError } from '../database/database.errors.js';
import type { Schema } from './schema.js';
import { kindOf, SCHEMA_INDEXES, type SchemaIndex } from './schema.indexes.js';
import { SCHEMA_VERSIONS, type SchemaVersion } from './schema.versions.js';

/** First half of the advisory lock's number, "toll" in ASCII; the second half is the schema it is applied to. */
const LOCK_NUMBER = 0x746f6c6c;

/** Far below the 5 s after which a claim is refused. */
const LOCK_WAIT_MS = 1_000;

/**
 * Brings the database to the newest version this program knows. One that has it already is only read, so that a
 * read-only server still serves reads. All missing steps are one transaction under an
 * advisory lock, so replicas that start together apply each step once, and a crash leaves none half done. The lock
 * ends with the transaction, also when the process dies.
 * @throws SchemaTooNewError when a newer program has been here
 */
export async function applySchema(
  db: Kysely<Schema>,
  versions: readonly SchemaVersion[] = SCHEMA_VERSIONS,
  indexes: readonly SchemaIndex[] = SCHEMA_INDEXES,
): Promise<void> {
  const known = Math.max(...versions.map(({ version }) => version));
  if ((await currentVersion(db)) === known) return;
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_NUMBER)}, hashtext(coalesce(current_schema(), '')))`.execute(
      transaction,
    );
    // Writers queue behind a step that waits for a long transaction of another session: it gives way, and is retried.
    await sql`select set_config('lock_timeout', ${`${LOCK_WAIT_MS}`}, true)`.execute(transaction);
    await sql`create table if not exists tollgate_schema (
      version integer primary key,
      name text not null,
      applied_at timestamptz(3) not null default now()
    )`.execute(transaction);
    const found = await currentVersion(transaction);
    if (found > known) throw new SchemaTooNewError(found, known);
    for (const step of versions) if (step.version > found) await applyStep(transaction, step);
    // Nothing to lock yet; of a database with rows, they are built later.
    if (found === 0) await createIndexes(transaction, indexes);
  });
}

/** Those that are missing, at once; writers wait. */
export async function createIndexes(db: Kysely<Schema>, indexes = SCHEMA_INDEXES): Promise<void> {
  for (const index of indexes) {
    await sql.raw(`create ${kindOf(index)} if not exists ${index.name} on ${index.on}`).execute(db);
    for (const old of index.replaces) await sql.raw(`drop index if exists ${old}`).execute(db);
  }
}

/** Indexes that are not there, or not complete. */
export async function missingIndexes(db: Kysely<Schema>): Promise<readonly SchemaIndex[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_index join pg_class on pg_class.oid = indexrelid
    where indrelid = 'operations'::regclass and indisvalid`.execute(db);
  const there = new Set(rows.map(({ name }) => name));
  return SCHEMA_INDEXES.filter(({ name }) => !there.has(name));
}

/** 0 for an empty database. */
async function currentVersion(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{
    there: boolean;
  }>`select to_regclass('tollgate_schema') is not null as there`.execute(db);
  if (!rows[0]?.there) return 0;
  const row = await db
    .selectFrom('tollgate_schema')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirst();
  return row?.version ?? 0;
}

async function applyStep(db: Kysely<Schema>, { version, name, statements }: SchemaVersion): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  await db.insertInto('tollgate_schema').values({ version, name }).execute();
}
