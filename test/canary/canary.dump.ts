import { type Kysely, sql } from 'kysely';
import type { Output } from './needles.js';

/** Every row of every table that is not the database's own, as text, after a statement. */
export async function dumpOf(database: Kysely<never>, statement?: string): Promise<readonly Output[]> {
  if (statement !== undefined) await sql.raw(statement).execute(database);
  const { rows: tables } = await sql<{ name: string }>`
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema')`.execute(database);
  const dumps: Output[] = [];
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.raw(name)} t`.execute(
      database,
    );
    dumps.push({ name: `table ${name}`, bytes: Buffer.from(rows.map(({ row }) => row).join('\n')) });
  }
  return dumps;
}
