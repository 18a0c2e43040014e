import { FENCE_INDEX } from './fence.schema.js';

/** An index that is built beside the work of the processes. */
export interface SchemaIndex {
  /** Another definition is another name. */
  readonly name: string;
  /** What follows `on`. */
  readonly on: string;
  /** Indexes of earlier versions that it makes superfluous; dropped once it is there. */
  readonly replaces: readonly string[];
  /** `slower`: work without it is only that. `refused`: it keeps a promise, so no work begins before it is there. */
  readonly without: 'slower' | 'refused';
}

/** Of the user: not by the number in its normal spelling. Queries need the same text. */
export const NAMED_OTHERWISE = `(user_id !~ '^[0-9]+$' or user_id like '0%')`;

/**
 * Of the user: by a number, which may be that of any UUID; of before there were exclusive keys, which find a UUID in any
 * spelling, by any id. Queries need the same text.
 */
export const NAMED_BY_NUMBER = `(user_id ~ '^[0-9]+$' or exclusive_key is null)`;

/** Whenever it ended: its effect may come still, or was not there and may come. Queries need the same text. */
export const MAY_STILL_ACT = `(state in ('sent', 'unknown') or contradicted_at is not null
  or (state = 'failed' and resolved_as = 'not_executed'))`;

/**
 * Ids begin with the time, so an index that ends in the id lists in order of time. Each costs every write some entries:
 * there is one for each thing that a list is asked about, and two for what it is narrowed by. Those of undecided
 * operations hold few rows at any time.
 */
export const SCHEMA_INDEXES: readonly SchemaIndex[] = [
  // One unfinished operation on one thing of one vendor account.
  {
    name: 'operations_unfinished',
    on: `operations (account, exclusive_key)
      where exclusive_key is not null and state in ('claimed', 'sent', 'unknown')`,
    replaces: [],
    without: 'refused',
  },
  index('operations_leased', 'operations (lease_until) where lease_until is not null', ['operations_leases']),
  // Evidence covers all tenants of a vendor account, a list covers one tenant: the subject comes first.
  index('operations_by_user', 'operations (user_id, tenant, id) where user_id is not null', [
    'operations_of_user',
  ]),
  // The group of a campaign has millions of operations: it is narrowed like a tenant.
  index(
    'operations_by_voucher_group',
    'operations (voucher_group_id, tenant, kind, state, id) where voucher_group_id is not null',
    ['operations_of_voucher_group'],
  ),
  index(
    'operations_by_destination',
    'operations (lower(btrim(destination_username)), tenant, id) where destination_username is not null',
    ['operations_of_destination'],
  ),
  // Other operations on one thing: by its normal spelling, and by the product where the user is named by another id.
  index('operations_of_thing', 'operations (exclusive_key, finished_at) where exclusive_key is not null'),
  // A popular product has millions of operations: of those of other users, few can be about the same user or act still.
  index(
    'operations_of_product_by_number',
    `operations (product_id, finished_at) where product_id is not null and ${NAMED_BY_NUMBER}`,
    ['operations_of_product'],
  ),
  index(
    'operations_of_product_otherwise',
    `operations (product_id, finished_at) where product_id is not null and ${NAMED_OTHERWISE}`,
  ),
  index(
    'operations_lasting_of_product',
    `operations (product_id) where product_id is not null and ${MAY_STILL_ACT}`,
  ),
  // As has a group, of which it is seldom updated.
  index(
    'operations_updates_of_voucher_group',
    `operations (voucher_group_id) where kind = 'voucher_group_update'`,
  ),
  index(
    'operations_of_migration',
    `operations (migration_id) where kind = 'migration_create' and migration_id is not null`,
  ),
  index('operations_by_kind', 'operations (tenant, kind, state, id)'),
  index('operations_by_caller', 'operations (tenant, caller, kind, state, id)'),
  index(FENCE_INDEX.name, FENCE_INDEX.on),
  undecided('operations_undecided', 'tenant'),
  undecided('operations_undecided_of_caller', 'tenant, caller'),
];

function index(name: string, on: string, replaces: readonly string[] = []): SchemaIndex {
  return { name, on, replaces, without: 'slower' };
}

function undecided(name: string, of: string): SchemaIndex {
  const waiting = `coalesce(awaits, ''), coalesce(recommendation, '')`;
  return index(name, `operations (${of}, kind, ${waiting}, id) where state = 'unknown'`);
}

/** What `create` begins with. */
export function kindOf({ without }: SchemaIndex): 'unique index' | 'index' {
  return without === 'refused' ? 'unique index' : 'index';
}
