import { Injectable } from '@nestjs/common';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CallerResources } from '../../config/settings/access.settings.js';
import { Database } from '../../store/database/database.js';
import type { Schema } from '../../store/schema/schema.js';
import type { OperationKind } from '../operation.kind.js';
import { reading } from '../ledger.errors.js';
import { restrictionCondition } from './operation.restriction.js';
import type { Awaits, Decision } from '../operation.types.js';

/**
 * Counted of each tenant's operations with the same kind, awaits and recommendation, oldest first. An outage can leave any
 * number, each on a page of its own, and the count is asked for again and again meanwhile. Of those that restrictions hide,
 * any number is passed: nothing may reveal them.
 */
export const COUNTED_MAX = 400;

/** Unknown operations with the same kind, awaits and recommendation. */
export interface UnknownCount {
  readonly kind: OperationKind;
  readonly awaits: Awaits;
  readonly recommendation: Decision | null;
  readonly count: number;
  /** There are more than `count`. */
  readonly hasMore: boolean;
  /** Start of the oldest latest attempt, of those counted. */
  readonly oldestSentAt: Date;
}

export interface SummaryFilter {
  readonly tenants: readonly string[];
  /** Only operations of this caller. */
  readonly caller?: string;
  /** Only operations that these restrictions allow. */
  readonly resources: CallerResources;
}

/** Counts unknown operations. */
@Injectable()
export class OperationSummary {
  constructor(private readonly database: Database) {}

  /** @throws LedgerUnreadableError */
  async ofUnknown(filter: SummaryFilter): Promise<UnknownCount[]> {
    const rows = await reading(() => this.database.run((db) => countUnknown(db, filter), 'reads'));
    return rows.map(({ count, ...rest }) => ({ ...rest, count: Number(count) }));
  }
}

type CountRow = Omit<UnknownCount, 'count'> & { readonly count: string };

/** As in the indexes of undecided operations. */
const GROUP = sql`kind, coalesce(awaits, ''), coalesce(recommendation, '')`;

/** Jumps from one group to the next in the index, and reads each no further than it is counted. */
export async function countUnknown(
  db: Kysely<Schema>,
  { tenants, caller, resources }: SummaryFilter,
): Promise<readonly CountRow[]> {
  const ofCaller = caller === undefined ? sql`` : sql`and caller = ${caller}`;
  const firstGroup = (tenant: RawBuilder<unknown>, condition: RawBuilder<unknown>) => sql`(
    select kind, coalesce(awaits, '') as awaits, coalesce(recommendation, '') as recommendation from operations
    where state = 'unknown' and tenant = ${tenant} ${ofCaller} ${condition}
    order by ${GROUP} limit 1)`;
  const { rows } = await sql<CountRow>`
    with recursive groups as (
      select tenants.tenant, first.* from unnest(${tenants}::text[]) as tenants (tenant)
        cross join lateral ${firstGroup(sql`tenants.tenant`, sql``)} as first
      union all
      select groups.tenant, next.* from groups cross join lateral ${firstGroup(
        sql`groups.tenant`,
        sql`and (${GROUP}) > (groups.kind, groups.awaits, groups.recommendation)`,
      )} as next
    )
    select kind, coalesce(nullif(awaits, ''), 'person') as awaits, nullif(recommendation, '') as recommendation,
      sum(least(found, ${COUNTED_MAX})) as count, bool_or(found > ${COUNTED_MAX}) as "hasMore", min(oldest) as "oldestSentAt"
    from groups cross join lateral (
      select count(*) as found, min(sent_at) as oldest from (
        select sent_at from operations
        where state = 'unknown' and tenant = groups.tenant ${ofCaller} and kind = groups.kind
          and coalesce(awaits, '') = groups.awaits and coalesce(recommendation, '') = groups.recommendation
          and ${restrictionCondition(resources)}
        order by id limit ${COUNTED_MAX + 1}) as read) as counted
    where found > 0
    group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  return rows;
}
