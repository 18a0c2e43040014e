import { Injectable } from '@nestjs/common';
import { Database } from '../../store/database/database.js';
import { LedgerCipher } from '../sealing/ledger.cipher.js';
import { storedResponseOf } from '../sealing/response.columns.js';
import { decodeCursor, encodeCursor } from './operation.cursor.js';
import { reading } from '../ledger.errors.js';
import { idAfter, isOperationId } from '../operation.id.js';
import { type OperationFilter, scanOperations } from './operation.listing.js';
import { type ListedRow, operationOf, type OperationRow } from '../operation.rows.js';
import type { Operation, StoredResponse } from '../operation.types.js';

export const PAGE_SIZE_MAX = 100;

/**
 * About 1 MB of JSON: a page of operations that were all probed as often as they may be has ten times that, and would stop other
 * requests for 0.1 s and more.
 */
export const PAGE_EVIDENCE_MAX = 2_000;

export interface OperationsQuery extends OperationFilter {
  /** 1 to PAGE_SIZE_MAX. */
  readonly limit: number;
  /** `nextCursor` of the previous page. */
  readonly cursor?: string;
}

export interface OperationPage {
  /** Newest first. */
  readonly items: readonly Operation[];
  /** null on the last page; otherwise there may be more. */
  readonly nextCursor: string | null;
}

/** Reads single operations and pages of the list. */
@Injectable()
export class OperationQueries {
  constructor(
    private readonly database: Database,
    private readonly cipher: LedgerCipher,
  ) {}

  /** @throws LedgerUnreadableError */
  async find(tenant: OperationFilter['tenant'], id: string): Promise<Operation | undefined> {
    const row = await this.#row(tenant, id);
    return row && operationOf(row);
  }

  /**
   * The stored response, for resources built on the ledger; null if none is known, undefined without an operation.
   * @throws LedgerUnreadableError, CiphertextUnreadableError
   */
  async findResponse(tenant: string, id: string): Promise<StoredResponse | null | undefined> {
    const row = await this.#row(tenant, id);
    return row && storedResponseOf(row, this.cipher);
  }

  /**
   * A page may be short or empty although more follow: continue until `nextCursor` is null.
   * @throws LedgerUnreadableError, InvalidCursorError
   */
  async list({ limit, cursor, ...filter }: OperationsQuery): Promise<OperationPage> {
    const size = Math.min(Math.max(limit, 1), PAGE_SIZE_MAX);
    const before = cursor === undefined ? undefined : decodeCursor(cursor);
    const { rows, lastRead } = await reading(() =>
      this.database.run((db) => scanOperations(db, filter, { before, count: size + 1 }), 'reads'),
    );
    const items = withEvidenceFor(rows.slice(0, size)).map(operationOf);
    const last = items.at(-1)?.id;
    if (rows.length > items.length && last !== undefined) return { items, nextCursor: encodeCursor(last) };
    return {
      items,
      nextCursor: lastRead === null ? null : encodeCursor(positionAfter(lastRead, last, before)),
    };
  }

  #row(tenant: OperationFilter['tenant'], id: string): Promise<OperationRow | undefined> {
    if (!isOperationId(id)) return Promise.resolve(undefined);
    const tenants = typeof tenant === 'string' ? [tenant] : tenant;
    return reading(() =>
      this.database.run(
        (db) =>
          db
            .selectFrom('operations')
            .selectAll()
            .where('id', '=', id)
            .$if(tenants !== null, (query) => query.where('tenant', 'in', tenants ?? []))
            .executeTakeFirst(),
        'reads',
      ),
    );
  }
}

/** The first rows, as many as the evidence of a page is for, and at least one. */
function withEvidenceFor(rows: readonly ListedRow[]): readonly ListedRow[] {
  let pieces = 0;
  const end = rows.findIndex(({ evidence }) => (pieces += evidence.length) > PAGE_EVIDENCE_MAX);
  return end === -1 ? rows : rows.slice(0, Math.max(end, 1));
}

/**
 * Position after the index entry `id`, which may belong to an operation hidden from the caller: the next possible id,
 * but not beyond the last listed one. Without progress: the entry itself.
 */
function positionAfter(id: string, listed: string | undefined, before: string | undefined): string {
  const next = idAfter(id);
  if (listed !== undefined) return next < listed ? next : listed;
  return before === undefined || next < before ? next : id;
}
