import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../store/database/database.js';
import { reading } from '../ledger.errors.js';
import { jsonbText, operationOf } from '../operation.rows.js';
import type { Awaits, Decision, Evidence, Operation } from '../operation.types.js';

/** What a probe adds to an operation without a decision. */
export interface EvidenceNote {
  readonly evidence: readonly Evidence[];
  readonly awaits: Awaits;
  readonly recommendation: Decision | null;
}

/** What is written down about unknown operations while nothing is decided. */
@Injectable()
export class EvidenceStore {
  constructor(private readonly database: Database) {}

  /**
   * Undefined: it is not unknown any more, or was begun again since. What waits for a person goes on doing so, and
   * what was seen once is not taken back, whichever of two probes at the same time is written first.
   * @throws LedgerUnreadableError
   */
  async add({ id, attempts }: Operation, note: EvidenceNote): Promise<Operation | undefined> {
    const { evidence, awaits, recommendation } = note;
    const row = await reading(() =>
      this.database.run(
        (db) =>
          db
            .updateTable('operations')
            .set({
              evidence: sql`evidence || ${jsonbText(evidence)}::jsonb` as never,
              awaits: sql<string>`case when awaits = 'person' then awaits else ${awaits} end`,
              recommendation: sql<string>`case when recommendation = 'executed' then recommendation
              else coalesce(${recommendation}, recommendation) end`,
            })
            .where('id', '=', id)
            .where('state', '=', 'unknown')
            .where('attempts', '=', attempts)
            .returningAll()
            .executeTakeFirst(),
        'background',
      ),
    );
    return row && operationOf(row);
  }

  /**
   * Takes the turn to probe, in one statement, so that many who ask at once cost the upstream one call. 0: it is
   * taken; otherwise the time until the next turn in milliseconds.
   * @throws LedgerUnreadableError
   */
  async takeTurn({ id }: Operation, pauseMs: number): Promise<number> {
    const { rows } = await reading(() =>
      this.database.run(
        (db) =>
          sql<{ left: number }>`
          with turn as (
            update operations set probed_at = now()
            where id = ${id} and (probed_at is null or probed_at <= now() - ${pauseMs} * interval '1 millisecond')
            returning id
          )
          select case when exists (select from turn) then 0
            else ceil(extract(epoch from probed_at - now()) * 1000 + ${pauseMs})::int end as left
          from operations where id = ${id}`.execute(db),
        'background',
      ),
    );
    return rows[0]?.left ?? 0;
  }
}
