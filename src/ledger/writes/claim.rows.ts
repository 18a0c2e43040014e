import { hostname } from 'node:os';
import type { ClaimRow } from './claim.statements.js';
import { type OperationRow, writeColumns } from '../operation.rows.js';
import { stateAfter } from '../operation.state.js';
import { TIME_COLUMNS } from './end.statements.js';
import type { OperationWrite } from '../operation.types.js';

/** Ids of a claim, before the database has accepted it. */
export interface Claim {
  readonly id: string;
  readonly claim: string;
}

/** Whether the claim took the key; otherwise the row that holds its key or, within its account, its exclusive key. */
export type ClaimResult =
  | { readonly mine: true; readonly id: string; readonly attempts: number }
  | { readonly mine: false; readonly holds: 'key' | 'exclusive-key'; readonly row: OperationRow };

/** Host and pid, stored in the column `owner` for operators. */
export const PROCESS_NAME = `${hostname()}/${process.pid}`;

/** Parameters of the claim statements. */
export function claimRowOf(write: OperationWrite, { id, claim }: Claim): ClaimRow {
  return {
    id,
    claim,
    ...writeColumns(write),
    owner: PROCESS_NAME,
    state: stateAfter(write.prepared ? 'prepare' : 'claim'),
  };
}

/** A row of their result: a claim that took its key, or a row that blocks a claim. The last row has only the time. */
export interface FoundClaim {
  readonly claim: string | null;
  readonly id: string | null;
  readonly attempts: number | null;
  readonly held_by: 'key' | 'exclusive-key' | null;
  readonly held: HeldRow | null;
  /** Only in the last row: the time of the server, and whether the deadline had passed. */
  readonly at: number | null;
  readonly late: boolean | null;
}

type TimeColumn = (typeof TIME_COLUMNS)[number];

/** A row as JSON, with times as strings. */
type HeldRow = Omit<OperationRow, TimeColumn> & Record<TimeColumn, string | null>;

/**
 * Undefined if it took no key and nothing blocks it any more.
 * @param own the rows of this claim
 */
export function resultOf(
  own: readonly FoundClaim[],
  { fingerprint }: Pick<ClaimRow, 'fingerprint'>,
): ClaimResult | undefined {
  for (const { id, attempts } of own)
    if (id !== null && attempts !== null) return { mine: true, id, attempts };
  const [byKey] = own.flatMap((each) => holderOf(each, 'key'));
  const [byExclusiveKey] = own.flatMap((each) => holderOf(each, 'exclusive-key'));
  const waitsForThis = byKey && isReleased(byKey) && byKey.row.fingerprint === fingerprint;
  return waitsForThis ? (byExclusiveKey ?? byKey) : (byKey ?? byExclusiveKey);
}

export function isReleased(result: ClaimResult | undefined): boolean {
  return result?.mine === false && result.row.state === stateAfter('release');
}

/** Claims with the same value compete; undefined competes with none. */
export function claimKeyOf({ tenant, caller, kind, idempotency_key: key }: ClaimRow): string | undefined {
  return key === null ? undefined : JSON.stringify([tenant, caller, kind, key]);
}

function holderOf({ held, held_by: holds }: FoundClaim, by: 'key' | 'exclusive-key') {
  return held && holds === by ? [{ mine: false as const, holds, row: rowOf(held) }] : [];
}

function rowOf(held: HeldRow): OperationRow {
  const times = TIME_COLUMNS.map((name) => [name, held[name] === null ? null : new Date(held[name])]);
  return { ...held, ...Object.fromEntries(times) } as OperationRow;
}
