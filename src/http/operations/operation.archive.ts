import { Injectable, Optional } from '@nestjs/common';
import { type SelectQueryBuilder, sql } from 'kysely';
import { Database } from '../../store/database.js';
import { DatabaseUnavailableError } from '../../store/database.errors.js';
import type { Schema } from '../../store/schema.js';
import { Metrics } from '../../telemetry/metrics.js';
import { secretFilter } from '../../telemetry/secret.filter.js';
import { AnswerCipher } from './answer.cipher.js';
import { answerColumns, answerOf } from './answer.columns.js';
import type { OperationKind } from './idempotent.decorator.js';
import { decodeCursor, encodeCursor } from './operation.cursor.js';
import { LedgerUnreadableError } from './operation.errors.js';
import { isOperationId, smallestId } from './operation.id.js';
import { endColumns, jsonbText, operationOf, type OperationRow } from './operation.rows.js';
import { keepsKey, type OperationState, statesBefore } from './operation.state.js';
import type { Decision, Evidence, Operation, Resolution, StoredAnswer } from './operation.types.js';

export const PAGE_SIZE_MAX = 100;

export interface OperationFilter {
  /** A caller sees one tenant. null is every tenant, for operators at the command line. */
  readonly tenant: string | null;
  readonly caller?: string;
  readonly states?: readonly OperationState[];
  readonly kind?: OperationKind;
  readonly userId?: string;
  readonly voucherGroupId?: string;
  readonly destinationUsername?: string;
  /** Begun at or after. */
  readonly from?: Date;
  /** Begun before. */
  readonly to?: Date;
  /** 1 to PAGE_SIZE_MAX. */
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface OperationPage {
  /** Newest first. */
  readonly items: readonly Operation[];
  /** null on the last page. */
  readonly nextCursor: string | null;
}

export interface OperationDecision {
  readonly tenant: string | null;
  readonly id: string;
  readonly decision: Decision;
  readonly basis: Resolution['basis'];
  readonly by: string;
  readonly reason: string;
  readonly evidence?: readonly Evidence[];
  /** What the caller would have got, where it is known; only with `executed`. */
  readonly answer?: StoredAnswer;
  /** Only as long as it was begun so many times: a decision must not meet a later attempt. */
  readonly attempts?: number;
  /** The migration that it turned out to have begun. */
  readonly migrationId?: string;
}

export type DecideResult =
  | { readonly kind: 'decided'; readonly operation: Operation }
  /** It has an end already; nothing was changed. */
  | { readonly kind: 'already-decided'; readonly operation: Operation }
  /** It still runs, or was begun again: wait for its answer or the end of its lease. */
  | { readonly kind: 'running'; readonly operation: Operation }
  | { readonly kind: 'not-found' };

/** Reading the ledger, and deciding what became of unknown operations. */
@Injectable()
export class OperationArchive {
  constructor(
    private readonly database: Database,
    private readonly cipher: AnswerCipher,
    @Optional() private readonly metrics?: Metrics,
  ) {}

  /** @throws LedgerUnreadableError */
  async find(tenant: string | null, id: string): Promise<Operation | undefined> {
    const row = await this.#row(tenant, id);
    return row && operationOf(row);
  }

  /**
   * The stored answer, for a resource on top of the ledger; null when none is known, undefined without operation.
   * @throws LedgerUnreadableError, AnswerUnreadableError
   */
  async findAnswer(tenant: string, id: string): Promise<StoredAnswer | null | undefined> {
    const row = await this.#row(tenant, id);
    return row && answerOf(row, this.cipher);
  }

  /** @throws LedgerUnreadableError, ProblemError for a cursor that is none of ours */
  async list(filter: OperationFilter): Promise<OperationPage> {
    const limit = Math.min(Math.max(filter.limit, 1), PAGE_SIZE_MAX);
    const after = filter.cursor === undefined ? undefined : decodeCursor(filter.cursor);
    const rows = await reading(() =>
      this.database.run((db) => {
        const query = db.selectFrom('operations').selectAll().orderBy('id', 'desc');
        const page = after === undefined ? query : query.where('id', '<', after);
        return filtered(page, filter)
          .limit(limit + 1)
          .execute();
      }),
    );
    const items = rows.slice(0, limit).map(operationOf);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last ? encodeCursor(last.id) : null };
  }

  /** Ends an unknown operation. A second decision changes nothing. @throws LedgerUnreadableError */
  async decide(decision: OperationDecision): Promise<DecideResult> {
    if (!isOperationId(decision.id)) return { kind: 'not-found' };
    const row = await reading(() => this.#decide(decision));
    if (row) {
      this.metrics?.operation(row, eventOf(decision.decision));
      return { kind: 'decided', operation: operationOf(row) };
    }
    const operation = await this.find(decision.tenant, decision.id);
    if (!operation) return { kind: 'not-found' };
    const isOpen = ['claimed', 'sent', 'unknown'].includes(operation.state);
    return { kind: isOpen ? 'running' : 'already-decided', operation };
  }

  /** Adds what was seen, without a decision. False: no such operation. @throws LedgerUnreadableError */
  async note(id: string, evidence: readonly Evidence[]): Promise<boolean> {
    const rows = await reading(() =>
      this.database.run((db) =>
        db
          .updateTable('operations')
          .set({ evidence: sql`evidence || ${jsonbText(evidence)}::jsonb` as never })
          .where('id', '=', id)
          .returning('id')
          .execute(),
      ),
    );
    return rows.length > 0;
  }

  #decide({
    tenant,
    id,
    attempts,
    answer,
    ...decision
  }: OperationDecision): Promise<OperationRow | undefined> {
    const event = eventOf(decision.decision);
    return this.database.run((db) =>
      db
        .updateTable('operations')
        .set({
          ...endColumns(event),
          ...(event === 'decide-executed' && answer
            ? answerColumns({ id, confidential: false }, answer, this.cipher)
            : {}),
          resolved_as: decision.decision,
          resolved_basis: decision.basis,
          resolved_by: decision.by,
          resolution_reason: secretFilter.text('ledger', decision.reason),
          resolved_at: sql<Date>`now()`,
          evidence: sql`evidence || ${jsonbText(decision.evidence ?? [])}::jsonb` as never,
        })
        .$if(decision.migrationId !== undefined, (query) =>
          query.set({ migration_id: decision.migrationId ?? null }),
        )
        .$if(!keepsKey(event), (query) => query.set({ key_in_force: false }))
        .where('id', '=', id)
        .where('state', 'in', [...statesBefore(event)])
        .$if(tenant !== null, (query) => query.where('tenant', '=', tenant))
        .$if(attempts !== undefined, (query) => query.where('attempts', '=', attempts ?? 0))
        .returningAll()
        .executeTakeFirst(),
    );
  }

  #row(tenant: string | null, id: string): Promise<OperationRow | undefined> {
    if (!isOperationId(id)) return Promise.resolve(undefined);
    return reading(() =>
      this.database.run((db) =>
        db
          .selectFrom('operations')
          .selectAll()
          .where('id', '=', id)
          .$if(tenant !== null, (query) => query.where('tenant', '=', tenant))
          .executeTakeFirst(),
      ),
    );
  }
}

function eventOf(decision: Decision): 'decide-executed' | 'decide-not-executed' {
  return decision === 'executed' ? 'decide-executed' : 'decide-not-executed';
}

/** An estimate is wrong by more only when the database's clock was just set by more. */
const ID_ERROR_MS = 600_000;

function idsFrom(time: Date, changeMs: number): string {
  return smallestId(time.getTime() + changeMs);
}

type Listing = SelectQueryBuilder<Schema, 'operations', OperationRow>;

function filtered(query: Listing, filter: OperationFilter): Listing {
  const { tenant, from, to } = filter;
  const equal = {
    ...(tenant === null ? {} : { tenant }),
    caller: filter.caller,
    kind: filter.kind,
    user_id: filter.userId,
    voucher_group_id: filter.voucherGroupId,
    destination_username: filter.destinationUsername,
  };
  let narrowed = query;
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) narrowed = narrowed.where(column as keyof typeof equal, '=', value);
  }
  if (filter.states) narrowed = narrowed.where('state', 'in', filter.states);
  // Ids begin with the time as a process estimated it: they only narrow the search.
  if (from)
    narrowed = narrowed.where('id', '>=', idsFrom(from, -ID_ERROR_MS)).where('created_at', '>=', from);
  if (to) narrowed = narrowed.where('id', '<', idsFrom(to, ID_ERROR_MS)).where('created_at', '<', to);
  return narrowed;
}

async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw new LedgerUnreadableError(error);
    throw error;
  }
}
