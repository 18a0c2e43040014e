import { Injectable } from '@nestjs/common';
import { type ExpressionBuilder, type ExpressionWrapper, type Kysely, sql, type SqlBool } from 'kysely';
import { SettingsSource } from '../config/settings/settings.source.js';
import { tenantsSharing } from '../config/vendor.account.js';
import { Database } from '../store/database/database.js';
import type { Schema } from '../store/schema/schema.js';
import { MAY_STILL_ACT, NAMED_BY_NUMBER, NAMED_OTHERWISE } from '../store/schema/schema.indexes.js';
import type { OperationKind } from '../ledger/operation.kind.js';
import {
  mayHaveActedSince,
  type OtherOperation,
  OTHERS_MAX,
  type OtherOperations,
} from './effect.finding.js';
import { LISTED_COLUMNS, type ListedRow, operationOf } from '../ledger/operation.rows.js';
import type { Operation } from '../ledger/operation.types.js';
import { KindRegistry } from '../ledger/kind.registry.js';
import { normalId } from '../ledger/subject.id.js';

type Rows = ExpressionBuilder<Schema, 'operations'>;
type Condition = ExpressionWrapper<Schema, 'operations', SqlBool>;
const NUMBER = /^\d+$/;

type SubjectColumn = 'user_id' | 'product_id' | 'voucher_group_id';

/** Rows that one index finds. */
interface Way {
  readonly indexed: (rows: Rows) => Condition;
  /** What the index ends in, where it may hold millions of rows, nearly all of which match: it is read no further than needed. */
  readonly inOrderOf?: 'finished_at';
}

/**
 * Finds other operations that may have changed the subject of an operation: of every caller, and of every tenant of
 * the vendor account. Rows without an account (stored before accounts were recorded), and rows of a token that was
 * replaced since, are found by the tenants that share the account now.
 */
@Injectable()
export class CompetingOperations {
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsSource,
    private readonly kinds: KindRegistry,
  ) {}

  /**
   * Grants and revocations of what may be the same product for what may be the same user.
   * @throws DatabaseUnavailableError
   */
  async onEntitlement(operation: Operation): Promise<OtherOperations> {
    const { userId = '', productId = '' } = operation.subject;
    const isSame = (rows: Rows) =>
      rows.and([mayName(rows, 'user_id', userId), mayName(rows, 'product_id', productId)]);
    const otherId = sql.raw<SqlBool>(NUMBER.test(userId) ? NAMED_OTHERWISE : NAMED_BY_NUMBER);
    const since = operation.createdAt;
    const kinds = ['entitlement_grant', 'entitlement_revoke'] as const;
    // No branch reads all operations on a product.
    return this.#find(operation, kinds, isSame, [
      { indexed: this.#ofThing(operation) },
      { indexed: (rows) => rows('user_id', 'in', [userId, normalId(userId)]) },
      {
        indexed: (rows) =>
          rows.and([rows('product_id', '=', productId), rows('finished_at', '>=', since), otherId]),
        inOrderOf: 'finished_at',
      },
      {
        indexed: (rows) => rows.and([rows('product_id', '=', productId), sql.raw<SqlBool>(MAY_STILL_ACT)]),
      },
    ]);
  }

  /** Updates of the group. @throws DatabaseUnavailableError */
  onVoucherGroup(operation: Operation): Promise<OtherOperations> {
    const { voucherGroupId = '' } = operation.subject;
    return this.#find(operation, ['voucher_group_update'], (rows) => rows.lit(true), [
      { indexed: this.#ofThing(operation) },
      {
        indexed: (rows) =>
          rows.and([
            rows('voucher_group_id', '=', voucherGroupId),
            sql<SqlBool>`kind = 'voucher_group_update'`,
          ]),
      },
    ]);
  }

  /**
   * Creations for the same username, in any spelling, that have no migration id.
   * @throws DatabaseUnavailableError
   */
  creationsFor(operation: Operation): Promise<OtherOperations> {
    const username = operation.subject.destinationUsername ?? '';
    const isSame = (rows: Rows) =>
      rows.and([
        rows(sql`lower(btrim(destination_username))`, '=', sql`lower(btrim(${username}))`),
        rows('destination_username', 'is not', null),
      ]);
    return this.#find(operation, ['migration_create'], (rows) => rows('migration_id', 'is', null), [
      { indexed: isSame },
    ]);
  }

  /** Returns the ids that belong to other creations of any username. @throws DatabaseUnavailableError */
  async knownMigrations(operation: Operation, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.database.run(
      (db) =>
        db
          .selectFrom('operations')
          .select('migration_id')
          .where('kind', '=', 'migration_create')
          .where('migration_id', 'in', ids)
          .where('id', '<>', operation.id)
          .where((eb) => this.#ofAccount(eb, operation))
          .execute(),
      'background',
    );
    return new Set(rows.flatMap(({ migration_id: id }) => (id === null ? [] : [id])));
  }

  #ofAccount(rows: Rows, { tenant, account, kind }: Operation): Condition {
    const { upstream } = this.kinds.of(kind);
    const tenants = tenantsSharing(this.settings.current.tenants, tenant, upstream);
    const byTenant = rows('tenant', 'in', tenants);
    return account === null ? rows.and([byTenant]) : rows.or([byTenant, rows('account', '=', account)]);
  }

  #ofThing({ kind, subject }: Operation): Way['indexed'] {
    return (rows) => rows('exclusive_key', '=', this.kinds.exclusiveKeyOf(kind, subject));
  }

  /** All ways in one statement, as of one moment: an operation that ends meanwhile moves from one to another. */
  async #find(
    operation: Operation,
    kinds: readonly OperationKind[],
    matches: (rows: Rows) => Condition,
    ways: readonly Way[],
  ): Promise<OtherOperations> {
    const since = operation.createdAt;
    const isOther = (rows: Rows) =>
      rows.and([
        rows('kind', 'in', kinds),
        rows('id', '<>', operation.id),
        this.#ofAccount(rows, operation),
        matches(rows),
        mayMatter(rows, since),
      ]);
    const found = await this.database.run(async (db) => {
      const selects = ways.map((way) => selectBy(db, way, isOther));
      return (await sql<ListedRow>`${sql.join(selects, sql` union all `)}`.execute(db)).rows;
    }, 'background');
    const rows = new Map(found.map((row) => [row.id, row]));
    if (rows.size > OTHERS_MAX) return 'too-many';
    return [...rows.values()].map(operationOf).filter((each) => mayHaveActedSince(each, since));
  }
}

function selectBy(db: Kysely<Schema>, { indexed, inOrderOf }: Way, isOther: (rows: Rows) => Condition) {
  const select = db
    .selectFrom('operations')
    .select(LISTED_COLUMNS)
    .where(indexed)
    .limit(OTHERS_MAX + 1);
  if (inOrderOf === undefined) return select.where(isOther);
  // The planner takes a CASE to match half of the rows. Of its conditions alone it would expect few, and read the index to its end.
  return select
    .where((rows) => sql<SqlBool>`case when ${isOther(rows)} then true else false end`)
    .orderBy(inOrderOf);
}

/** `mayHaveActedSince` in SQL: a busy subject has thousands of operations that ended long ago. */
function mayMatter(rows: Rows, since: Date): Condition {
  return rows.or([
    rows('state', 'in', ['sent', 'unknown']),
    rows.and([rows('state', '=', 'succeeded'), rows('finished_at', '>=', since)]),
    rows.and([rows('state', '=', 'failed'), rows('resolved_as', '=', 'not_executed')]),
    rows('contradicted_at', '>=', since),
  ]);
}

/** `mayBeSame` of a column and an id, in SQL. */
function mayName(rows: Rows, column: SubjectColumn, id: string): Condition {
  const normal = normalId(id);
  const isNumber = NUMBER.test(id);
  const other = sql<SqlBool>`${sql.ref(column)} ${sql.raw(isNumber ? '!~' : '~')} '^[0-9]+$'`;
  const same = isNumber
    ? sql<SqlBool>`ltrim(${sql.ref(column)}, '0') = ${normal.replace(/^0$/, '')}`
    : sql<SqlBool>`lower(${sql.ref(column)}) = ${normal}`;
  return rows.and([rows(column, 'is not', null), rows.or([other, same])]);
}

/** Splits into operations of the given kind and the rest. */
export function splitByKind(
  others: OtherOperations,
  kind: OperationKind,
): { readonly same: OtherOperations; readonly rest: OtherOperations } {
  if (others === 'too-many') return { same: others, rest: others };
  const isSame = (each: OtherOperation): boolean => each.kind === kind;
  return { same: others.filter(isSame), rest: others.filter((each) => !isSame(each)) };
}
