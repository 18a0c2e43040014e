import { type Selectable, sql, type Updateable } from 'kysely';
import type { OperationsTable } from '../store/schema/schema.js';
import { storableJson } from '../store/database/storable.json.js';
import type { OperationKind } from './operation.kind.js';
import { secretFilter } from '../telemetry/masking/secret.filter.js';
import { withoutSecretMembers } from '../telemetry/masking/secret.members.js';
import { type OperationEvent, type OperationState, outcomeOfState, stateAfter } from './operation.state.js';
import type {
  Awaits,
  Decision,
  Evidence,
  Operation,
  OperationSubject,
  OperationWrite,
  Resolution,
} from './operation.types.js';

export type OperationRow = Selectable<OperationsTable>;

/** The columns of a stored response. */
export type ResponseColumns = Pick<
  Updateable<OperationsTable>,
  'answer_status' | 'answer_body' | 'answer_location' | 'answer_ciphertext' | 'answer_key_id'
>;

/** What is read of an operation: not its stored response, which may be large. */
export const LISTED_COLUMNS = [
  'id',
  'claim',
  'owner',
  'tenant',
  'account',
  'caller',
  'kind',
  'idempotency_key',
  'state',
  'request',
  'user_id',
  'product_id',
  'voucher_group_id',
  'migration_id',
  'destination_username',
  'request_id',
  'attempts',
  'evidence',
  'snapshot',
  'awaits',
  'recommendation',
  'contradicted_at',
  'resolved_as',
  'resolved_basis',
  'resolved_by',
  'resolution_reason',
  'resolved_at',
  'created_at',
  'sent_at',
  'finished_at',
  'answer_status',
] as const satisfies readonly (keyof OperationRow)[];

export type ListedRow = Pick<OperationRow, (typeof LISTED_COLUMNS)[number]>;

export function operationOf(row: ListedRow): Operation {
  const state = row.state as OperationState;
  return {
    id: row.id,
    claim: row.claim,
    process: row.owner,
    tenant: row.tenant,
    account: row.account,
    caller: row.caller,
    kind: row.kind as OperationKind,
    idempotencyKey: row.idempotency_key,
    state,
    outcome: outcomeOfState(state),
    request: row.request,
    subject: subjectOf(row),
    requestId: row.request_id,
    attempts: row.attempts,
    evidence: row.evidence as Evidence[],
    snapshot: row.snapshot,
    awaits: row.awaits as Awaits | null,
    recommendation: row.recommendation as Decision | null,
    contradictedAt: row.contradicted_at,
    resolution: resolutionOf(row),
    createdAt: row.created_at,
    sentAt: row.sent_at,
    finishedAt: row.finished_at,
    responseStatus: row.answer_status,
  };
}

function subjectOf(row: ListedRow): OperationSubject {
  return {
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    ...(row.product_id === null ? {} : { productId: row.product_id }),
    ...(row.voucher_group_id === null ? {} : { voucherGroupId: row.voucher_group_id }),
    ...(row.migration_id === null ? {} : { migrationId: row.migration_id }),
    ...(row.destination_username === null ? {} : { destinationUsername: row.destination_username }),
  };
}

function resolutionOf(row: ListedRow): Resolution | null {
  if (row.resolved_at === null) return null;
  return {
    decision: row.resolved_as as Decision,
    basis: row.resolved_basis as Resolution['basis'],
    by: row.resolved_by ?? '',
    reason: row.resolution_reason ?? '',
    at: row.resolved_at,
  };
}

/** What is known of a write before it is sent, as columns. */
export function writeColumns(write: OperationWrite) {
  const { subject } = write;
  return {
    tenant: write.tenant,
    account: write.account,
    exclusive_key: write.exclusiveKey,
    caller: write.caller,
    kind: write.kind,
    idempotency_key: write.idempotencyKey,
    fingerprint: write.fingerprint,
    request: jsonbText(write.request),
    request_id: write.requestId,
    user_id: subject.userId ?? null,
    product_id: subject.productId ?? null,
    voucher_group_id: subject.voucherGroupId ?? null,
    migration_id: subject.migrationId ?? null,
    // A lone surrogate is valid JSON, but not valid text in PostgreSQL.
    destination_username: subject.destinationUsername?.toWellFormed() ?? null,
  };
}

/** The columns that every end sets, at the time of the database. */
export function endColumns(event: OperationEvent) {
  return {
    state: stateAfter(event),
    lease_until: null,
    awaits: null,
    recommendation: null,
    finished_at: sql<Date>`now()`,
  };
}

/**
 * JSON text that PostgreSQL accepts as jsonb, with all secrets removed, including those in free text kept for the
 * audit.
 */
export function jsonbText(value: unknown): string {
  return secretFilter.json('ledger', storableJson(withoutSecretMembers(value)));
}
