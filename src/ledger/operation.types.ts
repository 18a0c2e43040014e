import type { Outcome } from './operation.state.js';
import type { OperationKind } from './operation.kind.js';
import type { HeldLease } from './held.lease.js';
import type { OperationState } from './operation.state.js';

/** The subject of an operation, and the filters of the list. Ids as the caller spelled them. */
export interface OperationSubject {
  readonly userId?: string;
  readonly productId?: string;
  readonly voucherGroupId?: string;
  readonly migrationId?: string;
  readonly destinationUsername?: string;
}

/** A write that is about to start. */
export interface OperationWrite {
  readonly tenant: string;
  readonly caller: string;
  /** The vendor account it is sent to; null if not known. */
  readonly account: string | null;
  /** One operation with this key may be unfinished in the account; null: it blocks no other. */
  readonly exclusiveKey: string | null;
  /** A snapshot is read before it is sent: the claim commits `claimed`, and `send` must follow. */
  readonly prepared: boolean;
  readonly kind: OperationKind;
  /** null: the caller sent no key; the write is recorded and cannot be repeated. */
  readonly idempotencyKey: string | null;
  /** From `fingerprintOf`. */
  readonly fingerprint: string;
  /** The fingerprint that an earlier version computed for the same request. */
  readonly formerFingerprint?: string;
  /** For the audit; WITHOUT secrets and voucher codes. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly subject: OperationSubject;
  readonly requestId: string | null;
  /** The response contains voucher codes: it is stored encrypted. */
  readonly confidential?: boolean;
}

/** The response of the first request, returned for every repeat of its key. */
export interface StoredResponse {
  readonly status: number;
  /** JSON value; undefined for an empty body. */
  readonly body: unknown;
  readonly location?: string;
}

/** An observation about the outcome of an operation. */
export interface Evidence {
  /** RFC 3339 in UTC. */
  readonly at: string;
  /** Source: `gateway`, `evidence`, or the name of a person. */
  readonly by: string;
  /** What was checked, in words of the gateway, for example `GET entitlement 42/1337`. */
  readonly asked: string;
  /** The result: JSON without secrets and voucher codes. */
  readonly seen: unknown;
}

export type Decision = 'executed' | 'not_executed';

/** `evidence`: probes may still prove the effect. `person`: only a person can decide. */
export type Awaits = 'evidence' | 'person';

/** How the outcome was decided without a response of the upstream. */
export interface Resolution {
  readonly decision: Decision;
  /**
   * `person`: a person decided. `evidence`: the gateway read the effect back. `already_so`: the requested state
   * existed before, and nothing was sent.
   */
  readonly basis: 'person' | 'evidence' | 'already_so';
  /** Name of the caller who decided, or of the check. */
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
}

/** One row of the ledger, without the stored response and without the state of the key. */
export interface Operation {
  readonly id: string;
  /** UUID of the latest attempt. */
  readonly claim: string;
  /** Host and process id of the gateway that made the latest attempt. */
  readonly process: string;
  readonly tenant: string;
  /** The vendor account it is sent to; null if not known. */
  readonly account: string | null;
  readonly caller: string;
  readonly kind: OperationKind;
  readonly idempotencyKey: string | null;
  readonly state: OperationState;
  /** null while it runs. */
  readonly outcome: Outcome | null;
  readonly request: Readonly<Record<string, unknown>>;
  readonly subject: OperationSubject;
  readonly requestId: string | null;
  /** Number of attempts; more than 1 only after a release. */
  readonly attempts: number;
  readonly evidence: readonly Evidence[];
  /** Snapshot of its subject, read before the call; null if none was read. */
  readonly snapshot: unknown;
  /** What an unknown outcome waits for; null in every other state. */
  readonly awaits: Awaits | null;
  /** What the evidence suggests without proving it; a person decides. */
  readonly recommendation: Decision | null;
  /** When a response arrived that contradicts the decision. */
  readonly contradictedAt: Date | null;
  readonly resolution: Resolution | null;
  readonly createdAt: Date;
  /** Start of the latest attempt. */
  readonly sentAt: Date;
  readonly finishedAt: Date | null;
  /** HTTP status of the stored response; null if none is known. */
  readonly responseStatus: number | null;
}

/**
 * An operation that this process has started and must report on; holds everything needed to restore the row if the
 * database loses it.
 */
export interface RunningOperation {
  readonly id: string;
  /** Identifies this attempt: an end is recorded only with it. */
  readonly claim: string;
  readonly write: OperationWrite;
  /** Number of attempts, including this one. */
  readonly attempts: number;
  readonly startedAt: Date;
  /** Set by `send`; JSON. */
  snapshot: unknown;
  /** Time since the claim; checked before the first byte is sent. */
  readonly lease: HeldLease;
}

export type BeginResult =
  | { readonly kind: 'run'; readonly operation: RunningOperation }
  /** `response` is null if it is not known: decided as executed, or its encryption key was removed. */
  | { readonly kind: 'replay'; readonly operation: Operation; readonly response: StoredResponse | null }
  | { readonly kind: 'in-progress'; readonly operation: Operation; readonly retryAfterSeconds: number }
  | { readonly kind: 'reused' }
  /** Another unfinished operation holds this write's exclusive key. `fingerprint` is that operation's. */
  | {
      readonly kind: 'busy';
      readonly operation: Operation;
      readonly fingerprint: string;
      readonly retryAfterSeconds: number;
    }
  | { readonly kind: 'unknown'; readonly operation: Operation };

/**
 * - `recorded`: committed
 * - `queued`: the database is unavailable; this process keeps the end and records it later
 * - `superseded`: the operation was decided before; this end is added to its evidence
 */
export type RecordResult = 'recorded' | 'queued' | 'superseded';

/** Path of the operation in the public API. */
export function operationPath(id: string): string {
  return `/v1/operations/${id}`;
}
