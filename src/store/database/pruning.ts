import { type Expression, sql, type SqlBool } from 'kysely';
import type { Database } from './database.js';
import type { Schema } from '../schema/schema.js';

/** About 50 ms of work and locks per statement, so that other statements are not delayed. */
const BATCH_ROWS = 500;

/** 100,000 rows per run; a larger backlog takes several runs. */
const BATCHES_MAX = 200;

/**
 * Deletes the rows that match, oldest id first, in batches; a row that another transaction holds is left for the next
 * run. Returns their number. @throws DatabaseUnavailableError what was deleted so far stays so
 */
export function pruneRows(
  database: Database,
  table: keyof Schema,
  condition: Expression<SqlBool>,
  batchRows = BATCH_ROWS,
): Promise<number> {
  return inBatches(batchRows, async () => {
    const deleted = sql<{ id: string }>`
      delete from ${sql.table(table)} where id in (
        select id from ${sql.table(table)} where ${condition}
        order by id limit ${batchRows} for update skip locked)
      returning id`;
    const { rows } = await database.run((db) => deleted.execute(db), 'background');
    return rows.length;
  });
}

/** Repeats `batch`, which returns how many rows it changed, until one was not full. Returns their number. */
export async function inBatches(
  batchRows: number,
  batch: (limit: number) => Promise<number>,
): Promise<number> {
  let total = 0;
  for (let batches = 0; batches < BATCHES_MAX; batches += 1) {
    const count = await batch(batchRows);
    total += count;
    if (count < batchRows) break;
  }
  return total;
}
