import { FENCE_STATEMENTS } from './fence.schema.js';

/** One step of the schema. A published step never changes: the next change is a new step. */
export interface SchemaVersion {
  readonly version: number;
  readonly name: string;
  /**
   * Single statements, applied in order in the transaction of all missing steps. New indexes of large tables belong into
   * `schema.indexes.ts`: here, they would lock writers for as long as they are built.
   */
  readonly statements: readonly string[];
}

const OPERATIONS = `
  create table operations (
    id uuid primary key,
    claim uuid not null,
    tenant text not null,
    caller text not null,
    kind text not null,
    idempotency_key text,
    key_in_force boolean not null default true,
    fingerprint text not null,
    state text not null check (state in ('sent', 'succeeded', 'failed', 'unknown', 'released')),
    outcome text generated always as (
      case state
        when 'succeeded' then 'executed'
        when 'failed' then 'not_executed'
        when 'released' then 'not_executed'
        when 'unknown' then 'unknown'
      end
    ) stored,
    request json not null,
    user_id text,
    product_id text,
    voucher_group_id text,
    migration_id text,
    destination_username text,
    request_id text,
    attempts integer not null default 1,
    owner text not null,
    lease_until timestamptz(3),
    answer_status integer,
    answer_body text,
    answer_location text,
    answer_ciphertext text,
    answer_key_id text,
    evidence jsonb not null default '[]',
    resolved_as text check (resolved_as in ('executed', 'not_executed')),
    resolved_basis text check (resolved_basis in ('person', 'evidence')),
    resolved_by text,
    resolution_reason text,
    resolved_at timestamptz(3),
    created_at timestamptz(3) not null,
    sent_at timestamptz(3) not null,
    finished_at timestamptz(3),
    check ((state = 'sent') = (lease_until is not null))
  )`;

/** What Import2 announced. `body_ciphertext` is the whole body, because it holds the customer's token. */
const MIGRATION_EVENTS = `
  create table migration_events (
    id uuid primary key,
    tenant text not null,
    migration_id text not null,
    upstream_status text,
    upstream_status_code text,
    users json,
    occurred_at timestamptz(3),
    received_at timestamptz(3) not null,
    signed boolean not null,
    body_sha256 text not null,
    body_ciphertext text not null,
    body_key_id text not null
  )`;

/**
 * A claim may now rest before it is sent, until the snapshot of what it is about has been read. Rows that are there pass
 * the new checks as they passed the old ones: to read them all would lock writers.
 */
const PREPARED_OPERATIONS = `
  alter table operations
    add column account text,
    add column exclusive_key text,
    add column snapshot jsonb,
    add column awaits text,
    add column recommendation text,
    add column contradicted_at timestamptz(3),
    add column abandoned_claims uuid[],
    drop constraint operations_state_check,
    add constraint operations_state_check
      check (state in ('claimed', 'sent', 'succeeded', 'failed', 'unknown', 'released')) not valid,
    drop constraint operations_resolved_basis_check,
    add constraint operations_resolved_basis_check
      check (resolved_basis in ('person', 'evidence', 'already_so')) not valid,
    drop constraint operations_check,
    add constraint operations_lease_check
      check ((state in ('claimed', 'sent')) = (lease_until is not null)) not valid,
    add constraint operations_awaits_check check (awaits in ('evidence', 'person')) not valid,
    add constraint operations_recommendation_check
      check (recommendation in ('executed', 'not_executed')) not valid,
    add constraint operations_waiting_check check (awaits is null or state = 'unknown') not valid`;

export const SCHEMA_VERSIONS: readonly SchemaVersion[] = [
  {
    version: 1,
    name: 'operations',
    statements: [
      OPERATIONS,
      // The promise itself: one running or finished operation for a key.
      `create unique index operations_key on operations (tenant, caller, kind, idempotency_key) where key_in_force`,
      // Ids begin with the time, so an index that ends in the id lists in order of time.
      `create index operations_of_tenant on operations (tenant, id)`,
      `create index operations_of_user on operations (tenant, user_id, id) where user_id is not null`,
      `create index operations_of_voucher_group on operations (tenant, voucher_group_id, id)
         where voucher_group_id is not null`,
      // These hold few rows at any time.
      `create index operations_leases on operations (lease_until) where state = 'sent'`,
      `create index operations_unknown on operations (id) where state = 'unknown'`,
      // Finds keys to forget without passing the rows whose key is long forgotten.
      `create index operations_named on operations (id) where idempotency_key is not null`,
    ],
  },
  {
    version: 2,
    name: 'migration events',
    statements: [
      MIGRATION_EVENTS,
      // An event has no id of its own (Import2 F34). One without a time cannot be distinguished from a repeat: each is kept.
      `create unique index migration_events_once
         on migration_events (tenant, migration_id, coalesce(upstream_status, ''), occurred_at)`,
      // Ids begin with the time of receipt, so an index that ends in the id lists in that order.
      `create index migration_events_of_migration on migration_events (tenant, migration_id, id)`,
    ],
  },
  {
    version: 3,
    name: 'operations by username',
    statements: [
      `create index operations_of_destination on operations (tenant, lower(destination_username), id)
         where destination_username is not null`,
    ],
  },
  {
    version: 4,
    name: 'prepared operations',
    statements: [
      PREPARED_OPERATIONS,
      // What was lost before there were snapshots has nothing to be compared with.
      `update operations set awaits = 'person' where state = 'unknown'`,
    ],
  },
  {
    version: 5,
    name: 'secrets of earlier rows',
    statements: [
      `create table background_passes (
        name text primary key, position uuid, until timestamptz(3) not null, finished_at timestamptz(3))`,
      // Replicas of the version before may go on writing for the time of an update: a day is ample.
      `insert into background_passes (name, until) values ('seal stored secrets', now() + interval '1 day')`,
    ],
  },
  {
    version: 6,
    name: 'evidence by vendor account',
    statements: [
      `alter table operations add column probed_at timestamptz(3)`,
      // A creation names its migration in a column, from its response or from evidence.
      `update operations set migration_id = substring(answer_location from '^/v1/migrations/(.+)$')
         where kind = 'migration_create' and migration_id is null and answer_location is not null`,
    ],
  },
  {
    version: 7,
    name: 'unreadable events',
    statements: [
      `create table unreadable_events (
        id uuid primary key, tenant text not null, reason text not null, received_at timestamptz(3) not null,
        body_bytes integer not null, body_sha256 text not null, body_ciphertext text not null,
        body_key_id text not null, unique (tenant, body_sha256))`,
    ],
  },
  {
    version: 8,
    name: 'changes of entitlements',
    statements: FENCE_STATEMENTS,
  },
];
