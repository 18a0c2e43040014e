/**
 * An index that may be missing: only slower without it. A unique index on which writes rely does not belong here but
 * into a step of the schema, which precedes every write.
 */
export interface SchemaIndex {
  /** Another definition is another name. */
  readonly name: string;
  /** What follows `on`. */
  readonly on: string;
  /** Indexes of earlier versions that it makes superfluous; dropped once it is there. */
  readonly replaces: readonly string[];
}

/**
 * Ids begin with the time, so an index that ends in the id lists in order of time. Each costs every write some entries:
 * there is one for each thing that a list is asked about, and two for what it is narrowed by.
 */
export const SCHEMA_INDEXES: readonly SchemaIndex[] = [
  // Evidence is weighed over all tenants of a vendor account, lists are those of one tenant: the thing comes first.
  index('operations_by_user', 'operations (user_id, tenant, id) where user_id is not null', [
    'operations_of_user',
  ]),
  index(
    'operations_by_voucher_group',
    'operations (voucher_group_id, tenant, id) where voucher_group_id is not null',
    ['operations_of_voucher_group'],
  ),
  index(
    'operations_by_destination',
    'operations (lower(btrim(destination_username)), tenant, id) where destination_username is not null',
    ['operations_of_destination'],
  ),
  // Other operations on one thing: by its normal spelling, and by the product where the user may be spelled otherwise.
  index('operations_of_thing', 'operations (exclusive_key, finished_at) where exclusive_key is not null'),
  index('operations_of_product', 'operations (product_id, finished_at) where product_id is not null'),
  index(
    'operations_of_migration',
    `operations (migration_id) where kind = 'migration_create' and migration_id is not null`,
  ),
  index('operations_by_kind', 'operations (tenant, kind, state, id)'),
  index('operations_by_caller', 'operations (tenant, caller, kind, id)'),
];

function index(name: string, on: string, replaces: readonly string[] = []): SchemaIndex {
  return { name, on, replaces };
}
