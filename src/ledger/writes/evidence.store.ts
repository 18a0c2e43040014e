import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../store/database/database.js';
import { reading } from '../ledger.errors.js';
import { jsonbText, operationOf } from '../operation.rows.js';
import type { Awaits, Decision, Evidence, Operation } from '../operation.types.js';

/** The changes of a probe without a decision. */
export interface EvidenceNote {
  readonly evidence: readonly Evidence[];
  readonly awaits: Awaits;
  readonly recommendation: Decision | null;
}

/** Writes evidence and recommendations of unknown operations, without deciding them. */
@Injectable()
export class EvidenceStore {
  constructor(private readonly database: Database) {}

  /**
   * Returns undefined if it is no longer unknown, or was started again. `awaits: person` stays, and `recommendation:
   * executed` is not withdrawn, in either order of two concurrent probes.
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
   * Takes the turn to probe, in one statement, so that concurrent requests cost the upstream one call. Returns 0 if
   * the turn was taken, otherwise milliseconds until the next turn.
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
