import { Injectable } from '@nestjs/common';
import type { CallerResources } from '../../config/settings/access.settings.js';
import { Database } from '../../store/database/database.js';
import type { OperationKind } from '../operation.kind.js';
import { reading } from '../ledger.errors.js';
import { reachOf } from './operation.reach.js';
import type { Awaits, Decision } from '../operation.types.js';

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
            .where('tenant', '=', tenant)
            .$if(caller !== undefined, (query) => query.where('caller', '=', caller ?? ''))
            .where(reachOf(resources))
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
