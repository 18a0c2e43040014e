import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../store/schema/schema.js';
import type { OperationKind } from '../operation.kind.js';
import type { UNFINISHED_STATES } from '../operation.state.js';
import type { Awaits } from '../operation.types.js';

export type OpenState = (typeof UNFINISHED_STATES)[number];

/** Unfinished operations with the same tenant, kind, state and awaits. */
export interface OpenCount {
  readonly tenant: string;
  readonly kind: OperationKind;
  readonly state: OpenState;
  /** Of unknown ones; null while they run. */
  readonly awaits: Awaits | null;
  readonly count: number;
  /** Start of the oldest latest attempt. */
  readonly oldestSentAt: Date;
}

/**
 * Counts the unfinished operations of all tenants in one statement. Two partial indexes have them: running ones have a lease,
 * unknown ones have none.
 */
export async function countOpenOperations(db: Kysely<Schema>): Promise<OpenCount[]> {
  const rows = await db
    .selectFrom('operations')
    .select(({ fn }) => [
      'tenant',
      'kind',
      'state',
      sql<Awaits | null>`coalesce(awaits, 'person')`.as('awaits'),
      fn.countAll<string>().as('count'),
      fn.min('sent_at').as('oldest'),
    ])
    .where('state', '=', 'unknown')
    .groupBy(['tenant', 'kind', 'state', sql`coalesce(awaits, 'person')`])
    .unionAll((union) =>
      union
        .selectFrom('operations')
        .select(({ fn }) => [
          'tenant',
          'kind',
          'state',
          sql<Awaits | null>`null`.as('awaits'),
          fn.countAll<string>().as('count'),
          fn.min('sent_at').as('oldest'),
        ])
        .where('lease_until', 'is not', null)
        .where('state', 'in', ['claimed', 'sent'])
        .groupBy(['tenant', 'kind', 'state']),
    )
    .execute();
  return rows.map(({ tenant, kind, state, awaits, count, oldest }) => ({
    tenant,
    kind: kind as OperationKind,
    state: state as OpenState,
    awaits,
    count: Number(count),
    oldestSentAt: oldest,
  }));
}
