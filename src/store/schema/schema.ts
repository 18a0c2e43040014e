import type { ColumnType, Generated } from 'kysely';

/** Every table this program reads or writes. */
export interface Schema {
  readonly background_passes: BackgroundPassesTable;
  readonly migration_events: MigrationEventsTable;
  readonly unreadable_events: UnreadableEventsTable;
  readonly operations: OperationsTable;
  readonly tollgate_schema: SchemaVersionsTable;
}

export interface SchemaVersionsTable {
  readonly version: number;
  readonly name: string;
  readonly applied_at: ColumnType<Date, never, never>;
}

/** Work that goes once over old rows, in steps, over restarts and replicas. */
export interface BackgroundPassesTable {
  name: string;
  /** Id of the last row that is done. */
  position: string | null;
  /** Rows that are begun later need no pass. */
  until: ColumnType<Date, never, never>;
  finished_at: Date | null;
}

/** JSON goes in as text, because the two drivers disagree on arrays; it comes out parsed on both. */
type Json<Value> = ColumnType<Value, string, string>;

/** Times have millisecond precision, so that a value survives the way through JavaScript. */
export interface OperationsTable {
  id: string;
  /** One uuid for each time the operation was begun: only its holder may record a response. */
  claim: string;
  tenant: string;
  /** The vendor account it works on; several tenants may share one. null in rows from before version 4. */
  account: Generated<string | null>;
  /** Of one of these, within the account, one unfinished operation may exist; null: it excludes no other. */
  exclusive_key: Generated<string | null>;
  caller: string;
  kind: string;
  idempotency_key: string | null;
  /** False: the row keeps its key for the audit, but the key may begin another operation. */
  key_in_force: Generated<boolean>;
  fingerprint: string;
  state: string;
  /** JSON: what it is about as it was read before the call; null where none was read. */
  snapshot: ColumnType<unknown, string | null | undefined, string | null>;
  /** `evidence` or `person`: what an unknown outcome waits for; null in every other state. */
  awaits: Generated<string | null>;
  /** What the absence of an effect speaks for; a person decides. */
  recommendation: Generated<string | null>;
  /** When a response arrived that contradicts the decision. */
  contradicted_at: Generated<Date | null>;
  /** When a person last had it probed. */
  probed_at: Generated<Date | null>;
  /**
   * A greater one at every change of the row, by a trigger; null in rows that change no entitlement, and in those that
   * have not changed since before version 8.
   */
  change_seq: ColumnType<number | null, never, never>;
  /** Claims of this key that were abandoned while they may have been under way: they must not take it. */
  abandoned_claims: Generated<string[] | null>;
  /** Computed from the state by the database. */
  outcome: ColumnType<string | null, never, never>;
  request: Json<Record<string, unknown>>;
  user_id: string | null;
  product_id: string | null;
  voucher_group_id: string | null;
  migration_id: string | null;
  destination_username: string | null;
  request_id: string | null;
  attempts: Generated<number>;
  /** Host and process that began it last; for operators. */
  owner: string;
  /** Clock of the database, because processes compare it. All other times are the process' own. */
  lease_until: Date | null;
  answer_status: number | null;
  /** JSON text, as it went to the caller. */
  answer_body: string | null;
  answer_location: string | null;
  /** base64url; instead of `answer_body` where the response is confidential. */
  answer_ciphertext: string | null;
  answer_key_id: string | null;
  evidence: ColumnType<unknown[], string | undefined, string>;
  resolved_as: string | null;
  resolved_basis: string | null;
  resolved_by: string | null;
  resolution_reason: string | null;
  resolved_at: Date | null;
  created_at: Date;
  sent_at: Date;
  finished_at: Date | null;
}

/** Bodies of webhooks whose signature holds and that cannot be read. */
export interface UnreadableEventsTable {
  id: string;
  tenant: string;
  /** Which place cannot be read; never a value. */
  reason: string;
  received_at: Date;
  body_bytes: number;
  /** Of the raw bytes, in hex. */
  body_sha256: string;
  /** The raw bytes in base64 as LedgerCipher seals them for this id. */
  body_ciphertext: string;
  body_key_id: string;
}

/** What Import2 announced by webhook; rows are written once and only pruned. */
export interface MigrationEventsTable {
  id: string;
  tenant: string;
  migration_id: string;
  upstream_status: string | null;
  upstream_status_code: string | null;
  users: ColumnType<unknown, string | null, never>;
  /** The webhook's own timestamp. */
  occurred_at: Date | null;
  received_at: Date;
  /** False: the tenant takes unsigned ones, so anybody may have sent it. */
  signed: boolean;
  /** Of the raw bytes, in hex; for comparison with the sender's own record. */
  body_sha256: string;
  /** The raw body as LedgerCipher seals it for this id. */
  body_ciphertext: string;
  body_key_id: string;
}
