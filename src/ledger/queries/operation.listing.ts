import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CallerResources } from '../../config/settings/access.settings.js';
import type { Schema } from '../../store/schema/schema.js';
import { OPERATION_KINDS, type OperationKind } from '../operation.kind.js';
import { idsWithPrefix, smallestId } from '../operation.id.js';
import { restrictionCondition, restricts } from './operation.restriction.js';
import { LISTED_COLUMNS, type ListedRow } from '../operation.rows.js';
import { OPERATION_STATES, type OperationState } from '../operation.state.js';
import type { Awaits, Decision } from '../operation.types.js';

export interface OperationFilter {
  /** One or several; null: every tenant, for operators at the command line. */
  readonly tenant: string | readonly string[] | null;
  /** The first characters of the id, with its dashes, at least 8. */
  readonly idPrefix?: string;
  readonly caller?: string;
  readonly states?: readonly OperationState[];
  readonly kind?: OperationKind;
  readonly awaits?: Awaits;
  readonly recommendation?: Decision;
  readonly userId?: string;
  readonly voucherGroupId?: string;
  /** Not case-sensitive, as in reconciliation. */
  readonly destinationUsername?: string;
  /** Only operations that a caller with these restrictions may see. */
  readonly resources?: CallerResources;
  /** Created at or after. */
  readonly from?: Date;
  /** Created before. */
  readonly to?: Date;
}

/** Rows of a page, and how far the index was read for it. */
export interface Scan {
  /** Newest first. */
  readonly rows: readonly ListedRow[];
  /** The last index entry read; null at the end of the index. */
  readonly lastRead: string | null;
}

/**
 * Index entries read for one page at most, where no index serves all filters together: some milliseconds. The page
 * may then be short, and the next one continues after the last entry.
 */
const READ_MAX = 250;

/**
 * Tolerance for the time in an id, which a process estimated: larger errors occur only if the clock of the database
 * was just set by more.
 */
const ID_ERROR_MS = 600_000;

type FilterName = keyof OperationFilter;

/** The index from which a page is read, in the order of the ids. */
interface Path {
  /** Filters that this index serves. */
  readonly serves: readonly FilterName[];
  readonly where: readonly RawBuilder<unknown>[];
  /** Its columns before the id that the filters leave open, with all their values. */
  readonly branches: readonly Branch[];
}

interface Branch {
  readonly column: RawBuilder<unknown>;
  readonly values: readonly string[];
}

/** At least one row, with nulls if none matches. `last_read` is null if the end of the index was reached. */
type ScanRow = ListedRow & { readonly last_read: string | null };

/** The newest matching rows before `before`, at most `count`. */
export async function scanOperations(
  db: Kysely<Schema>,
  filter: OperationFilter,
  { before, count }: { readonly before: string | undefined; readonly count: number },
): Promise<Scan> {
  const path = pathOf(filter);
  const readMax = isServed(filter, path) ? count : READ_MAX;
  // The inner limit makes each row a lookup by id under any planner statistics.
  const { rows } = await sql<ScanRow>`
    with read as materialized (${idsOf(path, idRange(filter, before, boundFor(path)), readMax)}),
      page as (
        select operations.* from read
          cross join lateral (select * from operations where operations.id = read.id limit 1) as operations
        where ${sql.join(conditionsOf(filter), sql` and `)}
        order by operations.id desc limit ${count}
      )
    select ${sql.join(LISTED_COLUMNS.map((column) => sql.ref(`page.${column}`)))}, (select id from read order by id desc offset ${readMax - 1}) as last_read
    from (select 1) as always left join page on true
    order by page.id desc`.execute(db);
  return {
    rows: rows.filter((row) => row.id !== null),
    lastRead: rows[0]?.last_read ?? null,
  };
}

/** The most selective index first: by subject, then undecided operations, then operations of the caller. */
function pathOf(filter: OperationFilter): Path {
  const { tenant, caller, kind, userId, voucherGroupId, destinationUsername: username } = filter;
  if (tenant === null) return { serves: [], where: [sql`true`], branches: [] };
  const states = statesOf(filter);
  const tenants = typeof tenant === 'string' ? [tenant] : tenant;
  const ofTenant =
    tenants.length === 1
      ? { where: [sql`tenant = ${tenants[0]}`], branches: [] }
      : { where: [], branches: [{ column: sql`tenant`, values: tenants }] };
  const path = (
    serves: readonly FilterName[],
    where: RawBuilder<unknown>[],
    ...branches: Branch[]
  ): Path => ({
    serves: ['tenant', ...serves],
    where: [...ofTenant.where, ...where],
    branches: [...ofTenant.branches, ...branches],
  });
  const kinds = oneOf(sql`kind`, kind, OPERATION_KINDS);
  const ofState = { column: sql`state`, values: states };
  if (username !== undefined) return path(['destinationUsername'], [sameUsername(username)]);
  if (userId !== undefined) return path(['userId'], [sql`user_id = ${userId}`]);
  if (voucherGroupId !== undefined) {
    const ofGroup = sql`voucher_group_id = ${voucherGroupId}`;
    return path(['voucherGroupId', 'kind', 'states'], [ofGroup], kinds, ofState);
  }
  const ofCaller = caller === undefined ? [] : [sql`caller = ${caller}`];
  if (states.every((each) => each === 'unknown')) {
    const isUnknown = states.length > 0 ? sql`state = 'unknown'` : sql`false`;
    const serves = ['caller', 'kind', 'states', 'awaits', 'recommendation'] as const;
    return path(serves, [isUnknown, ...ofCaller], kinds, ...waitingFor(filter));
  }
  if (caller !== undefined) return path(['caller', 'kind', 'states'], ofCaller, kinds, ofState);
  if (kind !== undefined || filter.states !== undefined) return path(['kind', 'states'], [], kinds, ofState);
  return path([], []);
}

/** States that can match: `awaits` and `recommendation` exist only in `unknown`. */
function statesOf({ states = OPERATION_STATES, awaits, recommendation }: OperationFilter): OperationState[] {
  const isWaiting = awaits !== undefined || recommendation !== undefined;
  return states.filter((each) => !isWaiting || each === 'unknown');
}

/** Columns of the indexes of undecided operations, which store null as an empty string. */
function waitingFor({ awaits, recommendation }: OperationFilter): Branch[] {
  return [
    oneOf(sql`coalesce(awaits, '')`, awaits, ['', 'evidence', 'person']),
    oneOf(sql`coalesce(recommendation, '')`, recommendation, ['', 'executed', 'not_executed']),
  ];
}

function oneOf(column: RawBuilder<unknown>, value: string | undefined, all: readonly string[]): Branch {
  return { column, values: value === undefined ? all : [value] };
}

/** Whether every entry of the index matches all filters. */
function isServed(filter: OperationFilter, { serves }: Path): boolean {
  // Every path ends in the id, and a prefix of it is a range.
  const { resources, idPrefix: _, ...others } = filter;
  if (resources && restricts(resources)) return false;
  return Object.entries(others).every(
    ([name, value]) => value === undefined || value === null || serves.includes(name as FilterName),
  );
}

/** Ids of the newest entries. Each branch is read in index order, never further than the page needs. */
function idsOf({ where, branches }: Path, range: readonly RawBuilder<unknown>[], readMax: number) {
  const named = branches.map((branch, index) => ({ ...branch, name: sql.id(`any_${index}`) }));
  const conditions = [...where, ...named.map(({ column, name }) => sql`${column} = ${name}.value`), ...range];
  const ids = sql`select id from operations where ${sql.join(conditions, sql` and `)} order by id desc limit ${readMax}`;
  if (named.length === 0) return ids;
  const values = named.map((branch) => sql`unnest(${branch.values}::text[]) as ${branch.name}(value)`);
  return sql`select branch.id from ${sql.join(values, sql` cross join `)} cross join lateral (${ids}) as branch
    order by branch.id desc limit ${readMax}`;
}

type Bound = (id: string) => RawBuilder<unknown>;

/** Ids begin with a time that a process estimated, so they only narrow the search. */
function idRange(
  { from, to, idPrefix }: OperationFilter,
  before: string | undefined,
  bound: Bound,
): RawBuilder<unknown>[] {
  const [first, last] = idPrefix === undefined ? [] : idsWithPrefix(idPrefix);
  return [
    ...(before === undefined ? [] : [sql`id < ${bound(before)}`]),
    ...(from ? [sql`id >= ${bound(smallestId(from.getTime() - ID_ERROR_MS))}`] : []),
    ...(to ? [sql`id < ${bound(smallestId(to.getTime() + ID_ERROR_MS))}`] : []),
    ...(first === undefined ? [] : [sql`id >= ${bound(first)}`]),
    ...(last === undefined ? [] : [sql`id <= ${bound(last)}`]),
  ];
}

/**
 * Hidden from the planner, but where the indexes are small: statistics of ids do not show how many are in a short range, so it
 * takes one of minutes for empty, and would read all of it in the primary key, once for each branch.
 */
function boundFor({ serves }: Path): Bound {
  const ofUndecided = serves.includes('awaits');
  return (id) => (ofUndecided ? sql`${id}::uuid` : sql`(select ${id}::uuid)`);
}

function conditionsOf(filter: OperationFilter): RawBuilder<unknown>[] {
  const { states, destinationUsername: username, resources, from, to } = filter;
  const tenants = typeof filter.tenant === 'string' ? [filter.tenant] : filter.tenant;
  const equal = {
    caller: filter.caller,
    kind: filter.kind,
    awaits: filter.awaits,
    recommendation: filter.recommendation,
    user_id: filter.userId,
    voucher_group_id: filter.voucherGroupId,
  };
  return [
    sql`true`,
    ...(tenants ? [sql`tenant = any(${tenants}::text[])`] : []),
    ...Object.entries(equal).flatMap(([name, value]) =>
      value === undefined ? [] : [sql`${sql.ref(name)} = ${value}`],
    ),
    ...(states ? [sql`state = any(${states}::text[])`] : []),
    ...(username === undefined ? [] : [sameUsername(username)]),
    ...(resources ? [sql`${restrictionCondition(resources)}`] : []),
    ...(from ? [sql`created_at >= ${from}`] : []),
    ...(to ? [sql`created_at < ${to}`] : []),
  ];
}

/** The same comparison as in reconciliation and in the index. */
function sameUsername(username: string): RawBuilder<unknown> {
  return sql`lower(btrim(destination_username)) = lower(btrim(${username})) and destination_username is not null`;
}
