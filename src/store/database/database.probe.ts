import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema/schema.js';

/**
 * Touches no row, but the server checks everything that a write needs before it searches for rows: the transaction may
 * write, the table is there, the role has the rights.
 */
const WRITE_NOTHING = sql`
  with claimed as (insert into operations (id) select id from operations where false returning id),
    recorded as (update operations set claim = claim where false returning id)
  select 1`;

/** @throws what the driver throws when the database takes no writes */
export async function probeWrites(db: Kysely<Schema>): Promise<void> {
  await WRITE_NOTHING.execute(db);
}

/** Whether the server responds within the time. */
export async function responds(db: Kysely<Schema>, timeoutMs: number): Promise<boolean> {
  const asked = sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
  return (await within(asked, timeoutMs)) ?? false;
}

/** undefined when it takes longer; the work then continues, and its error is ignored. */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
