import { Injectable } from '@nestjs/common';
import { type ExpressionBuilder, type ExpressionWrapper, sql, type SqlBool } from 'kysely';
import type { CallerResources } from '../../config/settings.js';
import { Database } from '../../store/database.js';
import type { Schema } from '../../store/schema.js';
import type { OperationKind } from './idempotent.decorator.js';
import { reading } from './operation.errors.js';
import type { Awaits, Decision } from './operation.types.js';

/** Unknown operations that have kind, wait and recommendation in common. */
export interface UnknownCount {
  readonly kind: OperationKind;
  readonly awaits: Awaits;
  readonly recommendation: Decision | null;
  readonly count: number;
  /** When the oldest of them was begun last. */
  readonly oldestSentAt: Date;
}

export interface SummaryFilter {
  readonly tenant: string;
  /** Only those of this caller. */
  readonly caller?: string;
  /** Only those about things within reach. */
  readonly resources: CallerResources;
}

/** Counts what has no known outcome. The rows are few, and have an index of their own. */
@Injectable()
export class OperationSummary {
  constructor(private readonly database: Database) {}

  /** @throws LedgerUnreadableError */
  async ofUnknown({ tenant, caller, resources }: SummaryFilter): Promise<UnknownCount[]> {
    const rows = await reading(() =>
      this.database.run((db) =>
        db
          .selectFrom('operations')
          .select(({ fn }) => [
            'kind',
            'awaits',
            'recommendation',
            fn.countAll<string>().as('count'),
            fn.min('sent_at').as('oldest'),
          ])
          .where('state', '=', 'unknown')
          .where('tenant', '=', tenant)
          .$if(caller !== undefined, (query) => query.where('caller', '=', caller ?? ''))
          .where((eb) => within(eb, 'product_id', resources.products))
          .where((eb) => within(eb, 'voucher_group_id', resources.voucherGroups))
          .groupBy(['kind', 'awaits', 'recommendation'])
          .orderBy('kind')
          .orderBy('awaits')
          .orderBy('recommendation')
          .execute(),
      ),
    );
    return rows.map(({ kind, awaits, recommendation, count, oldest }) => ({
      kind: kind as OperationKind,
      awaits: (awaits ?? 'person') as Awaits,
      recommendation: recommendation as Decision | null,
      count: Number(count),
      oldestSentAt: oldest,
    }));
  }
}

/** The same as `mayReach`, in SQL; what is about no such thing is within reach. */
function within(
  rows: ExpressionBuilder<Schema, 'operations'>,
  column: 'product_id' | 'voucher_group_id',
  list: readonly string[] | undefined,
): ExpressionWrapper<Schema, 'operations', SqlBool> {
  if (list === undefined) return rows.and([]);
  return rows.or([
    rows(column, 'is', null),
    ...list.map((entry) =>
      entry.endsWith('*')
        ? sql<SqlBool>`starts_with(${sql.ref(column)}, ${entry.slice(0, -1)})`
        : rows(column, '=', entry),
    ),
  ]);
}
