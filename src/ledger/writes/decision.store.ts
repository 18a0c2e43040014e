import { Injectable, Optional } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { Database } from '../../store/database/database.js';
import type { Schema } from '../../store/schema/schema.js';
import { Metrics } from '../../telemetry/metrics.js';
import { secretFilter } from '../../telemetry/masking/secret.filter.js';
import { LedgerCipher } from '../sealing/ledger.cipher.js';
import { responseColumns } from '../sealing/response.columns.js';
import { reading } from '../ledger.errors.js';
import { isOperationId } from '../operation.id.js';
import { endColumns, jsonbText, operationOf, type OperationRow } from '../operation.rows.js';
import { keepsKey, statesBefore } from '../operation.state.js';
import type { Decision, Evidence, Operation, Resolution, StoredResponse } from '../operation.types.js';

export interface OperationDecision {
  readonly tenant: string | null;
  readonly id: string;
  readonly decision: Decision;
  readonly basis: Resolution['basis'];
  readonly by: string;
  readonly reason: string;
  readonly evidence?: readonly Evidence[];
  /** The response that the caller would have received, if known; only with `executed`. */
  readonly response?: StoredResponse;
  /** Decide only at this number of attempts: a decision must not affect a later attempt. */
  readonly attempts?: number;
  /** Decide only if nothing was added since it was read. */
  readonly unchangedSince?: Operation;
  /** The migration that it started, as found out. */
  readonly migrationId?: string;
}

export type DecideResult =
  | { readonly kind: 'decided'; readonly operation: Operation }
  /** It is final already; nothing was changed. */
  | { readonly kind: 'already-decided'; readonly operation: Operation }
  /** It is still running, or was started again: wait for its end or for its lease to expire. */
  | { readonly kind: 'running'; readonly operation: Operation }
  /** It has changed since it was read. */
  | { readonly kind: 'changed'; readonly operation: Operation }
  /** The migration belongs to another operation of the vendor account. */
  | { readonly kind: 'migration-taken'; readonly operation: Operation }
  | { readonly kind: 'not-found' };

/** Connection and decision of a write; the connection is a transaction if the decision names a migration. */
interface Writing {
  readonly db: Kysely<Schema>;
  readonly decision: OperationDecision;
}

/** Decides unknown operations, each once. */
@Injectable()
export class DecisionStore {
  constructor(
    private readonly database: Database,
    private readonly cipher: LedgerCipher,
    @Optional() private readonly metrics?: Metrics,
  ) {}

  /** A second decision changes nothing. @throws LedgerUnreadableError */
  async decide(decision: OperationDecision): Promise<DecideResult> {
    if (!isOperationId(decision.id)) return { kind: 'not-found' };
    const { migrationId } = decision;
    const written = await reading(() =>
      this.database.run((db) =>
        migrationId === undefined
          ? this.#write({ db, decision })
          : db.transaction().execute((transaction) => this.#name(migrationId, { db: transaction, decision })),
      ),
    );
    if (written === 'taken') return this.#undecided(decision, 'migration-taken');
    if (!written) return this.#undecided(decision);
    this.metrics?.operation(written, eventOf(decision.decision));
    return { kind: 'decided', operation: operationOf(written) };
  }

  /** Serializes decisions that name the same migration: it belongs to one operation of the account. */
  async #name(migrationId: string, writing: Writing): Promise<OperationRow | 'taken' | undefined> {
    const { db, decision } = writing;
    await sql`select pg_advisory_xact_lock(hashtext('tollgate migration'), hashtext(${migrationId}))`.execute(
      db,
    );
    const taken = await db
      .selectFrom('operations as other')
      .innerJoin('operations as this', (join) => join.on('this.id', '=', decision.id))
      .select('other.id')
      .where('other.kind', '=', 'migration_create')
      .where('other.migration_id', '=', migrationId)
      .whereRef('other.id', '<>', 'this.id')
      .where((eb) =>
        eb.or([
          eb('other.tenant', '=', eb.ref('this.tenant')),
          eb('other.account', '=', eb.ref('this.account')),
        ]),
      )
      .executeTakeFirst();
    return taken ? 'taken' : this.#write(writing);
  }

  #write({ db, decision }: Writing): Promise<OperationRow | undefined> {
    const { tenant, id, attempts, response, migrationId, unchangedSince: before } = decision;
    const event = eventOf(decision.decision);
    return (
      db
        .updateTable('operations')
        .set({
          ...endColumns(event),
          ...(event === 'decide-executed' && response
            ? responseColumns({ id, confidential: false }, response, this.cipher)
            : {}),
          awaits: null,
          recommendation: null,
          resolved_as: decision.decision,
          resolved_basis: decision.basis,
          resolved_by: decision.by,
          resolution_reason: secretFilter.text('ledger', decision.reason),
          resolved_at: sql<Date>`now()`,
          evidence: sql`evidence || ${jsonbText(decision.evidence ?? [])}::jsonb` as never,
        })
        .$if(migrationId !== undefined, (query) => query.set({ migration_id: migrationId ?? null }))
        .$if(!keepsKey(event), (query) => query.set({ key_in_force: false }))
        .where('id', '=', id)
        .where('state', 'in', [...statesBefore(event)])
        .$if(tenant !== null, (query) => query.where('tenant', '=', tenant))
        .$if(attempts !== undefined, (query) => query.where('attempts', '=', attempts ?? 0))
        // Every change of an unknown operation adds evidence or changes `awaits` or `recommendation`.
        .$if(before !== undefined, (query) =>
          query
            .where(sql<number>`jsonb_array_length(evidence)`, '=', before?.evidence.length ?? 0)
            .where('awaits', 'is not distinct from', before?.awaits ?? null)
            .where('recommendation', 'is not distinct from', before?.recommendation ?? null),
        )
        .returningAll()
        .executeTakeFirst()
    );
  }

  async #undecided(decision: OperationDecision, why?: 'migration-taken'): Promise<DecideResult> {
    const { tenant, id, attempts, unchangedSince } = decision;
    const row = await reading(() =>
      this.database.run((db) =>
        db
          .selectFrom('operations')
          .selectAll()
          .where('id', '=', id)
          .$if(tenant !== null, (query) => query.where('tenant', '=', tenant))
          .executeTakeFirst(),
      ),
    );
    if (!row) return { kind: 'not-found' };
    const operation = operationOf(row);
    const isUnknown =
      operation.state === 'unknown' && operation.attempts === (attempts ?? operation.attempts);
    if (isUnknown && why) return { kind: why, operation };
    if (unchangedSince) return { kind: 'changed', operation };
    const isOpen = ['claimed', 'sent', 'unknown'].includes(operation.state);
    return { kind: isOpen ? 'running' : 'already-decided', operation };
  }
}

function eventOf(decision: Decision): 'decide-executed' | 'decide-not-executed' {
  return decision === 'executed' ? 'decide-executed' : 'decide-not-executed';
}
