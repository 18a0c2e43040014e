import type { PGlite } from '@electric-sql/pglite';

/** Every table, view, sequence and index of ours and of the job queue, with its columns. */
const CATALOG = `
  select string_agg(format('%s.%s %s', relnamespace::regnamespace, relname, columns), E'\\n' order by relnamespace, relname)
    as catalog
  from pg_class cross join lateral (
    select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' order by attnum) as columns
    from pg_attribute where attrelid = pg_class.oid and attnum > 0 and not attisdropped
  ) as attributes
  where relnamespace::regnamespace::text in ('public', 'tollgate_jobs')`;

const TABLES = `
  select oid::regclass::text as name from pg_class
  where relnamespace::regnamespace::text in ('public', 'tollgate_jobs') and relkind = 'r' order by 1`;

/** Puts the rows of a database back to what they were when it was new. */
export class TableReset {
  private constructor(
    private readonly catalog: string,
    private readonly statements: string,
  ) {}

  /** @param pglite a new database; the rows that it has are copied into the schema `pristine` */
  static async of(pglite: PGlite): Promise<TableReset> {
    const tables = (await pglite.query<{ name: string }>(TABLES)).rows.map(({ name }) => name);
    await pglite.exec('create schema pristine');
    const statements: string[] = [];
    for (const [index, name] of tables.entries()) {
      const copy = `pristine.table_${index}`;
      const { rows } = await pglite.query(`select 1 from ${name} limit 1`);
      statements.push(`delete from ${name};`);
      if (rows.length === 0) continue;
      await pglite.exec(`create table ${copy} as table ${name}`);
      statements.push(`insert into ${name} select * from ${copy};`);
    }
    return new TableReset(await catalogOf(pglite), statements.join('\n'));
  }

  /** False when the tables themselves were changed: such a database is of no further use. */
  async reset(pglite: PGlite): Promise<boolean> {
    // No triggers: neither foreign keys nor our own rules on rows apply.
    await pglite.exec(`
      rollback;
      reset all;
      set session_replication_role = replica;
      ${this.statements}
      set session_replication_role = origin;`);
    return (await catalogOf(pglite)) === this.catalog;
  }
}

async function catalogOf(pglite: PGlite): Promise<string> {
  const { rows } = await pglite.query<{ catalog: string }>(CATALOG);
  return rows[0]?.catalog ?? '';
}
