import { hostname } from 'node:os';
import { jsonbText, type OperationRow, subjectColumns } from './operation.rows.js';
import { stateAfter } from './operation.state.js';
import { type ClaimRow, TIME_COLUMNS } from './operation.statements.js';
import type { OperationWrite } from './operation.types.js';

/** One operation of one process, before the ledger has answered. */
export interface Claim {
  readonly id: string;
  readonly claim: string;
}

/** Whether the claim took the key, and if not the row that holds it. */
export type ClaimResult =
  { readonly mine: true; readonly id: string } | { readonly mine: false; readonly row: OperationRow };

/** Names this process to operators. */
const OWNER = `${hostname()}/${process.pid}`;

/** What CLAIM_ONE and CLAIM_MANY are given. */
export function claimRowOf(write: OperationWrite, { id, claim }: Claim, at: Date): ClaimRow {
  const now = at.toISOString();
  const subject = subjectColumns(write.subject);
  return {
    id,
    claim,
    tenant: write.tenant,
    account: write.account,
    exclusive_key: write.exclusiveKey,
    caller: write.caller,
    kind: write.kind,
    idempotency_key: write.idempotencyKey,
    fingerprint: write.fingerprint,
    request: jsonbText(write.request),
    ...subject,
    // Half a surrogate pair is JSON, but no text of PostgreSQL.
    destination_username: subject.destination_username?.toWellFormed() ?? null,
    request_id: write.requestId,
    owner: OWNER,
    state: stateAfter(write.prepared ? 'prepare' : 'claim'),
    created_at: now,
    sent_at: now,
  };
}

/** What they answer. */
export interface FoundClaim {
  readonly claim: string;
  readonly id: string | null;
  readonly held: HeldRow | null;
}

type TimeColumn = (typeof TIME_COLUMNS)[number];

/** A row as JSON writes it. */
type HeldRow = Omit<OperationRow, TimeColumn> & Record<TimeColumn, string | null>;

function rowOf(held: HeldRow): OperationRow {
  const times = TIME_COLUMNS.map((name) => [name, held[name] === null ? null : new Date(held[name])]);
  return { ...held, ...Object.fromEntries(times) } as OperationRow;
}

export function resultOf({ id, held }: FoundClaim): ClaimResult {
  return held ? { mine: false, row: rowOf(held) } : { mine: true, id: id ?? '' };
}

export function isReleased(result: ClaimResult | undefined): boolean {
  return result?.mine === false && result.row.state === stateAfter('release');
}

/** Two claims with the same one compete; undefined competes with none. */
export function keyOf({ tenant, caller, kind, idempotency_key: key }: ClaimRow): string | undefined {
  return key === null ? undefined : JSON.stringify([tenant, caller, kind, key]);
}
