import { Injectable, Optional } from '@nestjs/common';
import { CompiledQuery, sql } from 'kysely';
import { Clock } from '../../config/clock.js';
import { type BatchLimits, Batches } from '../../store/batches.js';
import { DatabaseUnavailableError } from '../../store/database.errors.js';
import { Database } from '../../store/database.js';
import { Metrics } from '../../telemetry/metrics.js';
import {
  type Claim,
  type ClaimResult,
  claimRowOf,
  type FoundClaim,
  isReleased,
  keyOf,
  resultOf,
} from './claim.rows.js';
import { OperationLease } from './operation.lease.js';
import { type AnswerColumns, endColumns, jsonbText } from './operation.rows.js';
import { type OperationEvent, stateAfter, statesBefore } from './operation.state.js';
import {
  CLAIM_MANY,
  CLAIM_ONE,
  type ClaimRow,
  RECORD,
  recordStates,
  type RecordRow,
} from './operation.statements.js';
import type { Evidence, OperationWrite } from './operation.types.js';

/** What recovery found. */
export interface ExpiredOperation {
  readonly id: string;
  readonly tenant: string;
  readonly kind: string;
}

/**
 * 50 rows are about 50 kB and 2 ms of the server. Two of claims and two of records leave six connections of the pool
 * to everything else.
 */
const BATCHES: BatchLimits = { size: 50, concurrent: 2 };

/**
 * The statements on the path of a write, and recovery. Each is one round trip and one commit, shared by the writes
 * that come at the same time.
 */
@Injectable()
export class OperationStore {
  readonly #claims = new Batches((rows: readonly ClaimRow[]) => this.#claim(rows), BATCHES, isOutage, keyOf);
  readonly #records = new Batches((rows: readonly RecordRow[]) => this.#record(rows), BATCHES, isOutage);

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lease: OperationLease,
    @Optional() private readonly metrics?: Metrics,
  ) {}

  get leaseMs(): number {
    return this.lease.ms;
  }

  /**
   * Takes the key, or tells who holds it. A released row of the same request is taken again, under a new claim.
   * Undefined, or a row that is `released`: another claim was faster at this very moment; ask again.
   */
  async claim(write: OperationWrite, claim: Claim): Promise<ClaimResult | undefined> {
    const row = claimRowOf(write, claim, this.clock.now());
    const result = await this.#claims.run(row);
    // Many together only take keys that nobody has.
    const last = isReleased(result) ? (await this.#claim([row]))[0] : result;
    if (last?.mine) this.metrics?.operation(write.kind, 'claim');
    return last;
  }

  /** Records how a run ended. False: the claim is not in force, or the operation was decided. */
  async record(
    { id, claim }: Claim,
    event: OperationEvent,
    answer: AnswerColumns,
    evidence: readonly Evidence[] = [],
  ): Promise<boolean> {
    const kind = await this.#records.run({
      id,
      claim,
      ...recordStates(event),
      at: this.clock.now().toISOString(),
      answer_status: answer.answer_status,
      answer_body: answer.answer_body,
      answer_location: answer.answer_location,
      answer_ciphertext: answer.answer_ciphertext,
      answer_key_id: answer.answer_key_id,
      evidence: jsonbText(evidence),
    });
    if (kind !== undefined) this.metrics?.operation(kind, event);
    return kind !== undefined;
  }

  /** Commits that it may be on the wire from now on. False: the claim is not in force any more. */
  async send({ id, claim }: Claim, snapshot: unknown): Promise<boolean> {
    const rows = await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({
          state: stateAfter('send'),
          snapshot: snapshot === null ? null : jsonbText(snapshot),
          sent_at: sql<Date>`now()`,
          lease_until: sql<Date>`now() + ${this.lease.ms} * interval '1 millisecond'`,
        })
        .where('id', '=', id)
        .where('claim', '=', claim)
        .where('state', 'in', [...statesBefore('send')])
        .returning('kind')
        .execute(),
    );
    for (const { kind } of rows) this.metrics?.operation(kind, 'send');
    return rows.length > 0;
  }

  /**
   * Keeps an answer that came too late as evidence. False when there is nothing to add: this very answer was
   * recorded before, and only the confirmation was lost.
   */
  async keepAsEvidence({ id, claim }: Claim, event: OperationEvent, evidence: Evidence): Promise<boolean> {
    const updated = await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({ evidence: sql`evidence || ${jsonbText([evidence])}::jsonb` as never })
        .where('id', '=', id)
        .where((eb) =>
          eb.not(
            eb.and([
              eb('claim', '=', claim),
              eb('state', '=', stateAfter(event)),
              eb('resolved_at', 'is', null),
            ]),
          ),
        )
        .returning('id')
        .execute(),
    );
    return updated.length > 0;
  }

  /** Frees what a claim took whose confirmation was lost: nothing was sent under it. */
  async abandon(
    { tenant, caller, kind, idempotencyKey }: OperationWrite,
    { id, claim }: Claim,
  ): Promise<void> {
    await this.database.run((db) =>
      db
        .updateTable('operations')
        .set(endColumns('release', this.clock.now()))
        .where('claim', '=', claim)
        .where('state', 'in', [...statesBefore('release')])
        .where('resolved_at', 'is', null)
        .where((eb) =>
          eb.or([
            eb('id', '=', id),
            eb.and([
              eb('tenant', '=', tenant),
              eb('caller', '=', caller),
              eb('kind', '=', kind),
              eb('idempotency_key', '=', idempotencyKey),
              eb('key_in_force', '=', true),
            ]),
          ]),
        )
        .execute(),
    );
  }

  /**
   * Turns operations whose lease has ended into `unknown`, at most `limit`. Replicas that do it at the same time
   * skip each other's rows, so each is answered to exactly one of them.
   */
  async expire(limit: number): Promise<ExpiredOperation[]> {
    const evidence: Evidence = {
      at: this.clock.now().toISOString(),
      by: 'gateway',
      asked: 'does the process that sent it still report?',
      seen: 'its lease ended without an answer',
    };
    const expired = await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({
          ...endColumns('expire', this.clock.now()),
          evidence: sql`evidence || ${jsonbText([evidence])}::jsonb` as never,
        })
        .where('state', 'in', [...statesBefore('expire')])
        .where('id', 'in', (query) =>
          query
            .selectFrom('operations')
            .select('id')
            .where('state', '=', 'sent')
            .where('lease_until', '<', sql<Date>`now()`)
            .orderBy('lease_until')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .returning(['id', 'tenant', 'kind'])
        .execute(),
    );
    for (const { kind } of expired) this.metrics?.operation(kind, 'expire');
    return expired;
  }

  /** In the order of the rows. */
  async #claim(rows: readonly ClaimRow[]): Promise<(ClaimResult | undefined)[]> {
    const text = rows.length === 1 ? CLAIM_ONE : CLAIM_MANY;
    const found = await this.#execute<FoundClaim>(text, [JSON.stringify(rows), this.lease.ms]);
    const results = new Map(found.map((each) => [each.claim, resultOf(each)]));
    return rows.map(({ claim }) => results.get(claim ?? ''));
  }

  /** Their kinds, in the order of the rows; undefined for what was not recorded. */
  async #record(rows: readonly RecordRow[]): Promise<(string | undefined)[]> {
    const recorded = await this.#execute<{ claim: string; kind: string }>(RECORD, [JSON.stringify(rows)]);
    const kinds = new Map<unknown, string>(recorded.map(({ claim, kind }) => [claim, kind]));
    return rows.map(({ claim }) => kinds.get(claim));
  }

  async #execute<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const statement = CompiledQuery.raw(text, [...values]);
    const { rows } = await this.database.run((db) => db.executeQuery<Row>(statement));
    return rows;
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError;
}
