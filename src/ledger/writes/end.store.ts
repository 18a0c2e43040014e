import { Injectable, Logger, Optional } from '@nestjs/common';
import { CompiledQuery, sql } from 'kysely';
import { Batches } from '../../store/batches.js';
import { Database } from '../../store/database/database.js';
import type { PreparedStatement } from '../../store/database/pool/prepared.statement.js';
import { type CountedOperation, Metrics } from '../../telemetry/metrics.js';
import type { Claim } from './claim.rows.js';
import { type ResponseColumns, jsonbText, type OperationRow } from '../operation.rows.js';
import { KindRegistry } from '../kind.registry.js';
import type { OperationEvent } from '../operation.state.js';
import { endLeasesStatement, recordStatement, recordStates, type RecordRow } from './end.statements.js';
import type { Awaits, Evidence } from '../operation.types.js';
import { BATCHES, isOutage } from './write.batch.limits.js';

/** An operation whose lease expired: `unknown` if it was sent, `released` if it was only claimed. */
export interface ExpiredOperation {
  readonly id: string;
  readonly tenant: string;
  readonly kind: string;
  readonly state: 'unknown' | 'released';
  readonly awaits: Awaits | null;
}

/** What a recorded end returns of its row. */
interface RecordedOperation extends CountedOperation {
  readonly awaits: Awaits | null;
}

/** The end of a run. */
export interface RunEnd {
  readonly event: OperationEvent;
  readonly response: ResponseColumns;
  readonly evidence: readonly Evidence[];
  /** The migration named in the response. */
  readonly migrationId: string | null;
}

/** Executes the statements that end a run; each is one round trip and one commit, shared by concurrent ends. */
@Injectable()
export class EndStore {
  readonly #log = new Logger('EndStore');
  readonly #records = new Batches((rows: readonly RecordRow[]) => this.#record(rows), BATCHES, isOutage);

  readonly #recordEnds: PreparedStatement;
  readonly #endLeasesText: string;

  constructor(
    private readonly database: Database,
    { provable }: KindRegistry,
    @Optional() private readonly metrics?: Metrics,
  ) {
    this.#recordEnds = recordStatement(provable);
    this.#endLeasesText = endLeasesStatement(provable);
  }

  /** Records the end of a run. Returns false if the claim is no longer in force or the operation was decided. */
  async record({ id, claim }: Claim, { event, response, evidence, migrationId }: RunEnd): Promise<boolean> {
    const recorded = await this.#records.run({
      id,
      claim,
      ...recordStates(event),
      migration_id: migrationId,
      answer_status: response.answer_status,
      answer_body: response.answer_body,
      answer_location: response.answer_location,
      answer_ciphertext: response.answer_ciphertext,
      answer_key_id: response.answer_key_id,
      evidence: jsonbText(evidence),
    });
    if (!recorded) return false;
    this.metrics?.operation(recorded, event);
    this.#reportAwaiting({ id, ...recorded });
    return true;
  }

  find(id: string): Promise<OperationRow | undefined> {
    return this.database.run((db) =>
      db.selectFrom('operations').selectAll().where('id', '=', id).executeTakeFirst(),
    );
  }

  /** Adds a late end to the evidence, and whether it contradicts the decision. Returns false if there is no row. */
  async noteLate(id: string, evidence: Evidence, contradicts: boolean): Promise<boolean> {
    const noted = await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({ evidence: sql`evidence || ${jsonbText([evidence])}::jsonb` as never })
        .$if(contradicts, (query) =>
          query.set({ contradicted_at: sql<Date>`coalesce(contradicted_at, now())` }),
        )
        .where('id', '=', id)
        .returning('id')
        .execute(),
    );
    return noted.length > 0;
  }

  /** Ends up to `limit` operations with an expired lease; each is returned to one process only. */
  async endLeases(limit: number): Promise<readonly ExpiredOperation[]> {
    const statement = CompiledQuery.raw(this.#endLeasesText, [limit]);
    const { rows: ended } = await this.database.run((db) => db.executeQuery<ExpiredOperation>(statement));
    for (const operation of ended) {
      this.metrics?.operation(operation, operation.state === 'unknown' ? 'expire' : 'lapse');
      this.#reportAwaiting(operation);
    }
    return ended;
  }

  /** One for which there are no probes; of the others the reconciler reports when they wait for a person. */
  #reportAwaiting({ id, tenant, kind, awaits }: RecordedOperation & { readonly id: string }): void {
    if (awaits !== 'person') return;
    this.#log.warn(
      `operation ${id} (${kind}) of tenant ${tenant} waits for a person, without a recommendation`,
    );
  }

  /** In the order of the rows; undefined for an end that was not recorded. */
  async #record(rows: readonly RecordRow[]): Promise<(RecordedOperation | undefined)[]> {
    const values = [JSON.stringify(rows), `{${rows.map(({ id }) => id).join()}}`];
    const recorded = await this.database.execute<RecordedOperation & { claim: string }>(
      this.#recordEnds,
      values,
    );
    const byClaim = new Map<unknown, RecordedOperation>(recorded.map((each) => [each.claim, each]));
    return rows.map(({ claim }) => byClaim.get(claim));
  }
}
