import { Injectable } from '@nestjs/common';
import type { CallerResources } from '../../config/settings/access.settings.js';
import { Database } from '../../store/database/database.js';
import type { OperationKind } from '../operation.kind.js';
import { reading } from '../ledger.errors.js';
import { restrictionCondition } from './operation.restriction.js';
import type { Awaits, Decision } from '../operation.types.js';

/** Unknown operations with the same kind, awaits and recommendation. */
export interface UnknownCount {
  readonly kind: OperationKind;
  readonly awaits: Awaits;
  readonly recommendation: Decision | null;
  readonly count: number;
  /** Start of the oldest latest attempt. */
  readonly oldestSentAt: Date;
}

export interface SummaryFilter {
  readonly tenants: readonly string[];
  /** Only operations of this caller. */
  readonly caller?: string;
  /** Only operations that these restrictions allow. */
  readonly resources: CallerResources;
}

/** Counts unknown operations. They are few and have a partial index. */
@Injectable()
export class OperationSummary {
  constructor(private readonly database: Database) {}

  /** @throws LedgerUnreadableError */
  async ofUnknown({ tenants, caller, resources }: SummaryFilter): Promise<UnknownCount[]> {
    const rows = await reading(() =>
      this.database.run(
        (db) =>
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
            .where('tenant', 'in', tenants)
            .$if(caller !== undefined, (query) => query.where('caller', '=', caller ?? ''))
            .where(restrictionCondition(resources))
            .groupBy(['kind', 'awaits', 'recommendation'])
            .orderBy('kind')
            .orderBy('awaits')
            .orderBy('recommendation')
            .execute(),
        'reads',
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
