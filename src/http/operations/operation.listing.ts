import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CallerResources } from '../../config/settings.js';
import type { Schema } from '../../store/schema.js';
import { OPERATION_KINDS, type OperationKind } from './idempotent.decorator.js';
import { smallestId } from './operation.id.js';
import { reachOf, restricts } from './operation.reach.js';
import type { OperationRow } from './operation.rows.js';
import { OPERATION_STATES, type OperationState } from './operation.state.js';
import type { Awaits, Decision } from './operation.types.js';

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
}

/** Rows of a page, and how far the index was read for them. */
export interface Scan {
  /** Newest first. */
  readonly rows: readonly OperationRow[];
  /** The last entry that was read; null when the index has no more. */
  readonly lastRead: string | null;
}

/**
 * Entries of an index that one page reads at most where no index serves all filters together: some milliseconds. The
 * page may then be short, and the next one goes on behind the last entry.
 */
const READ_MAX = 500;

/** An estimate of the time in an id is wrong by more only when the database's clock was just set by more. */
const ID_ERROR_MS = 60_000;

type FilterName = keyof OperationFilter;

/** The index that a page is read from, in the order of the ids. */
interface Path {
  /** Filters that it serves. */
  readonly serves: readonly FilterName[];
  readonly where: readonly RawBuilder<unknown>[];
  /** Its columns before the id that the filters leave open, with all their values. */
  readonly branches: Readonly<Record<string, readonly string[]>>;
}

/** The newest rows before `before` that match, at most `count`. */
export async function scanOperations(
  db: Kysely<Schema>,
  filter: OperationFilter,
  { before, count }: { readonly before: string | undefined; readonly count: number },
): Promise<Scan> {
  const path = pathOf(filter);
  const readMax = isServed(filter, path) ? count : READ_MAX;
  const { rows } = await sql<Partial<OperationRow> & { read: number; last_read: string | null }>`
    with read as materialized (${idsOf(path, idRange(filter, before), readMax)}),
      page as (
        select operations.* from read join operations on operations.id = read.id
        where ${sql.join(conditionsOf(filter), sql` and `)}
        order by operations.id desc limit ${count}
      )
    select (select count(*) from read) as read, (select id from read order by id limit 1) as last_read, page.*
    from (select 1) as always left join page on true
    order by page.id desc`.execute(db);
  const [first] = rows;
  return {
    rows: rows
      .filter(({ id }) => id !== null)
      .map(({ read: _, last_read: __, ...row }) => row as OperationRow),
    lastRead: first && first.read === readMax ? first.last_read : null,
  };
}

/** The most selective index first: one thing, then what is rare, then the caller's own. */
function pathOf(filter: OperationFilter): Path {
  const { tenant, caller, states, kind, userId, voucherGroupId, destinationUsername: username } = filter;
  if (tenant === null) return { serves: [], where: [sql`true`], branches: {} };
  const ofTenant = sql`tenant = ${tenant}`;
  const path = (
    serves: readonly FilterName[],
    where: readonly RawBuilder<unknown>[],
    branches = {},
  ): Path => ({
    serves: ['tenant', ...serves],
    where: [ofTenant, ...where],
    branches,
  });
  if (username !== undefined) return path(['destinationUsername'], [sameUsername(username)]);
  if (userId !== undefined) return path(['userId'], [sql`user_id = ${userId}`]);
  if (voucherGroupId !== undefined)
    return path(['voucherGroupId'], [sql`voucher_group_id = ${voucherGroupId}`]);
  const kinds = kind === undefined ? OPERATION_KINDS : [kind];
  const waits = filter.awaits !== undefined || filter.recommendation !== undefined;
  const wanted = states ?? (waits ? (['unknown'] as const) : OPERATION_STATES);
  const isRare = !wanted.includes('succeeded');
  if (isRare || (caller === undefined && (kind !== undefined || states !== undefined)))
    return path(['kind', 'states'], [], { kind: kinds, state: wanted });
  if (caller !== undefined) return path(['caller', 'kind'], [sql`caller = ${caller}`], { kind: kinds });
  return path([], []);
}

/** Whether every entry of the index matches. */
function isServed(filter: OperationFilter, { serves }: Path): boolean {
  const { resources, ...others } = filter;
  if (resources && restricts(resources)) return false;
  return Object.entries(others).every(
    ([name, value]) => value === undefined || value === null || serves.includes(name as FilterName),
  );
}

/** Ids of the newest entries. Each branch is read in the order of the index, and never further than the page needs. */
function idsOf({ where, branches }: Path, range: readonly RawBuilder<unknown>[], readMax: number) {
  const columns = Object.keys(branches);
  const conditions = [
    ...where,
    ...columns.map((name) => sql`${sql.ref(name)} = ${sql.ref(`any_${name}.value`)}`),
    ...range,
  ];
  const ids = sql`select id from operations where ${sql.join(conditions, sql` and `)} order by id desc limit ${readMax}`;
  if (columns.length === 0) return ids;
  const values = columns.map(
    (name) => sql`unnest(${branches[name]}::text[]) as ${sql.id(`any_${name}`)}(value)`,
  );
  return sql`select branch.id from ${sql.join(values, sql` cross join `)} cross join lateral (${ids}) as branch
    order by branch.id desc limit ${readMax}`;
}

/** Ids begin with the time as a process estimated it: they only narrow the search. */
function idRange({ from, to }: OperationFilter, before: string | undefined): RawBuilder<unknown>[] {
  return [
    ...(before === undefined ? [] : [sql`id < ${before}::uuid`]),
    ...(from ? [sql`id >= ${smallestId(from.getTime() - ID_ERROR_MS)}::uuid`] : []),
    ...(to ? [sql`id < ${smallestId(to.getTime() + ID_ERROR_MS)}::uuid`] : []),
  ];
}

function conditionsOf(filter: OperationFilter): RawBuilder<unknown>[] {
  const { states, destinationUsername: username, resources, from, to } = filter;
  const equal = {
    tenant: filter.tenant ?? undefined,
    caller: filter.caller,
    kind: filter.kind,
    awaits: filter.awaits,
    recommendation: filter.recommendation,
    user_id: filter.userId,
    voucher_group_id: filter.voucherGroupId,
  };
  return [
    sql`true`,
    ...Object.entries(equal).flatMap(([name, value]) =>
      value === undefined ? [] : [sql`${sql.ref(name)} = ${value}`],
    ),
    ...(states ? [sql`state = any(${states}::text[])`] : []),
    ...(username === undefined ? [] : [sameUsername(username)]),
    ...(resources ? [sql`${reachOf(resources)}`] : []),
    ...(from ? [sql`created_at >= ${from}`] : []),
    ...(to ? [sql`created_at < ${to}`] : []),
  ];
}

/** As evidence compares them, and as the index holds them. */
function sameUsername(username: string): RawBuilder<unknown> {
  return sql`lower(btrim(destination_username)) = lower(btrim(${username})) and destination_username is not null`;
}
