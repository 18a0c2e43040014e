import { Injectable, Optional } from '@nestjs/common';
import { sql, type Updateable } from 'kysely';
import { hostname } from 'node:os';
import { Clock } from '../../config/clock.js';
import { Database } from '../../store/database.js';
import type { OperationsTable } from '../../store/schema.js';
import { Metrics } from '../../telemetry/metrics.js';
import { OperationLease } from './operation.lease.js';
import { endColumns, jsonbText, type OperationRow, subjectColumns } from './operation.rows.js';
import { type OperationEvent, stateAfter, statesBefore } from './operation.state.js';
import type { Evidence, OperationWrite } from './operation.types.js';

/** One operation of one process, before the ledger has answered. */
export interface Claim {
  readonly id: string;
  readonly claim: string;
}

/** The row that holds the key now, and whether this claim took it. */
export interface ClaimedRow {
  readonly mine: boolean;
  readonly row: OperationRow;
}

/** What recovery found. */
export interface ExpiredOperation {
  readonly id: string;
  readonly tenant: string;
  readonly kind: string;
}

/** Names this process to operators. */
const OWNER = `${hostname()}/${process.pid}`;

/** The statements on the path of a write, and recovery. Each is one round trip and one commit. */
@Injectable()
export class OperationStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lease: OperationLease,
    @Optional() private readonly metrics?: Metrics,
  ) {}

  /**
   * Takes the key, or tells who holds it. A released row of the same request is taken again, under a new claim.
   * Undefined, or a row that is `released` and not mine: another claim was faster at this very moment; ask again.
   */
  async claim(write: OperationWrite, { id, claim }: Claim): Promise<ClaimedRow | undefined> {
    const columns = this.#claimColumns(write, { id, claim });
    const names = Object.keys(columns).map((name) => sql.ref(name));
    const { rows } = await this.database.run((db) =>
      sql<OperationRow & { mine: boolean }>`
        with claimed as (
          insert into operations (${sql.join(names)}) values (${sql.join(Object.values(columns))})
          on conflict (tenant, caller, kind, idempotency_key) where key_in_force do update set
            state = excluded.state, claim = excluded.claim, owner = excluded.owner,
            lease_until = excluded.lease_until, request_id = excluded.request_id, sent_at = excluded.sent_at,
            finished_at = null, attempts = operations.attempts + 1
          where operations.state in (${sql.join([...statesBefore('claim')])})
            and operations.fingerprint = excluded.fingerprint
          returning *
        )
        select true as mine, * from claimed
        union all
        select false as mine, * from (
          select * from operations
          where tenant = ${write.tenant} and caller = ${write.caller} and kind = ${write.kind}
            and idempotency_key = ${write.idempotencyKey} and key_in_force
            and not exists (select from claimed)
        ) as held`.execute(db),
    );
    const found = rows[0];
    if (!found) return undefined;
    const { mine, ...row } = found;
    if (mine) this.metrics?.operation(row.kind, 'claim');
    return { mine, row };
  }

  /** Records how a run ended. False: the claim is not in force, or the operation was decided. */
  async record(
    { id, claim }: Claim,
    event: OperationEvent,
    columns: Updateable<OperationsTable>,
    evidence: readonly Evidence[] = [],
  ): Promise<boolean> {
    const updated = await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({ ...endColumns(event, this.clock.now()), ...columns })
        .$if(evidence.length > 0, (query) =>
          query.set({ evidence: sql`evidence || ${jsonbText(evidence)}::jsonb` as never }),
        )
        .where('id', '=', id)
        .where('claim', '=', claim)
        .where('state', 'in', [...statesBefore(event)])
        .where('resolved_at', 'is', null)
        .returning('kind')
        .execute(),
    );
    for (const { kind } of updated) this.metrics?.operation(kind, event);
    return updated.length > 0;
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

  #claimColumns(write: OperationWrite, { id, claim }: Claim): Record<string, unknown> {
    const now = this.clock.now();
    return {
      id,
      claim,
      tenant: write.tenant,
      caller: write.caller,
      kind: write.kind,
      idempotency_key: write.idempotencyKey,
      fingerprint: write.fingerprint,
      state: stateAfter('claim'),
      request: jsonbText(write.request),
      ...subjectColumns(write.subject),
      request_id: write.requestId,
      owner: OWNER,
      lease_until: sql`now() + ${sql.lit(this.lease.ms)} * interval '1 millisecond'`,
      created_at: now,
      sent_at: now,
    };
  }
}
