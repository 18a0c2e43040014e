import { Injectable, Optional } from '@nestjs/common';
import { type SelectQueryBuilder, sql } from 'kysely';
import type { CallerResources } from '../../config/settings.js';
import { Database } from '../../store/database.js';
import type { Schema } from '../../store/schema.js';
import { Metrics } from '../../telemetry/metrics.js';
import { AnswerCipher } from './answer.cipher.js';
import { answerOf } from './answer.columns.js';
import type { OperationKind } from './idempotent.decorator.js';
import { decodeCursor, encodeCursor } from './operation.cursor.js';
import { type DecideResult, type OperationDecision, OperationDecisions } from './operation.decisions.js';
import { reading } from './operation.errors.js';
import { isOperationId, smallestId } from './operation.id.js';
import { OperationNotes } from './operation.notes.js';
import { reachOf } from './operation.reach.js';
import { operationOf, type OperationRow } from './operation.rows.js';
import type { OperationState } from './operation.state.js';
import type { Awaits, Decision, Operation, StoredAnswer } from './operation.types.js';

export const PAGE_SIZE_MAX = 100;

export interface OperationFilter {
  /** A caller sees one tenant. null is every tenant, for operators at the command line. */
  readonly tenant: string | null;
  readonly caller?: string;
  readonly states?: readonly OperationState[];
  readonly kind?: OperationKind;
  readonly awaits?: Awaits;
  readonly recommendation?: Decision;
  readonly userId?: string;
  readonly voucherGroupId?: string;
  /** However its letters are written, as evidence takes it. */
  readonly destinationUsername?: string;
  /** Only what a caller with these restrictions may know of. */
  readonly resources?: CallerResources;
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

/** Reading the ledger, and deciding what became of unknown operations. */
@Injectable()
export class OperationArchive {
  /** What is written down while nothing is decided. */
  readonly notes: OperationNotes;

  readonly #decisions: OperationDecisions;

  constructor(
    private readonly database: Database,
    private readonly cipher: AnswerCipher,
    @Optional() metrics?: Metrics,
  ) {
    this.notes = new OperationNotes(database);
    this.#decisions = new OperationDecisions(database, cipher, metrics);
  }

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
  decide(decision: OperationDecision): Promise<DecideResult> {
    return this.#decisions.decide(decision);
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
    awaits: filter.awaits,
    recommendation: filter.recommendation,
    user_id: filter.userId,
    voucher_group_id: filter.voucherGroupId,
  };
  let narrowed = query;
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) narrowed = narrowed.where(column as keyof typeof equal, '=', value);
  }
  const { destinationUsername: username, resources } = filter;
  if (username !== undefined)
    narrowed = narrowed.where(sql`lower(destination_username)`, '=', sql`lower(${username})`);
  if (resources) narrowed = narrowed.where((rows) => reachOf(resources, rows));
  if (filter.states) narrowed = narrowed.where('state', 'in', filter.states);
  // Ids begin with the time as a process estimated it: they only narrow the search.
  if (from)
    narrowed = narrowed.where('id', '>=', idsFrom(from, -ID_ERROR_MS)).where('created_at', '>=', from);
  if (to) narrowed = narrowed.where('id', '<', idsFrom(to, ID_ERROR_MS)).where('created_at', '<', to);
  return narrowed;
}
