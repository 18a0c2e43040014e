import type { Outcome } from './operation.state.js';
import type { OperationKind } from './operation.kind.js';
import type { LeaseWatch } from './lease.watch.js';
import type { OperationState } from './operation.state.js';

/** What an operation is about; the filters of the list. All ids are the caller's spelling. */
export interface OperationSubject {
  readonly userId?: string;
  readonly productId?: string;
  readonly voucherGroupId?: string;
  readonly migrationId?: string;
  readonly destinationUsername?: string;
}

/** A write that is about to be begun. */
export interface OperationWrite {
  readonly tenant: string;
  readonly caller: string;
  /** The vendor account it works on; null where it is not known. */
  readonly account: string | null;
  /** Of one of these, within the account, one unfinished operation may exist; null: it excludes no other. */
  readonly exclusiveKey: string | null;
  /** A snapshot is read before it is sent: the claim commits `claimed`, and `send` must follow. */
  readonly prepared: boolean;
  readonly kind: OperationKind;
  /** null: the caller named no key; the write is recorded all the same and cannot be repeated. */
  readonly idempotencyKey: string | null;
  /** From `fingerprintOf`. */
  readonly fingerprint: string;
  /** What rows of an earlier version have for the same request. */
  readonly formerFingerprint?: string;
  /** For the audit; WITHOUT secrets and voucher codes. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly subject: OperationSubject;
  readonly requestId: string | null;
  /** The answer holds voucher codes: it is stored encrypted. */
  readonly confidential?: boolean;
}

/** What the caller got, to be given again for the same key. */
export interface StoredAnswer {
  readonly status: number;
  /** JSON value; undefined for an empty body. */
  readonly body: unknown;
  readonly location?: string;
}

/** Something seen that tells what became of an operation. */
export interface Evidence {
  /** RFC 3339 in UTC. */
  readonly at: string;
  /** Who looked: `gateway`, `evidence`, or a person's name. */
  readonly by: string;
  /** What was asked, in our words, for example `GET entitlement 42/1337`. */
  readonly asked: string;
  /** What was seen: JSON without secrets and voucher codes. */
  readonly seen: unknown;
}

export type Decision = 'executed' | 'not_executed';

/** `evidence`: probes may still see the effect. `person`: only a person can decide. */
export type Awaits = 'evidence' | 'person';

/** How an unknown operation was resolved. */
export interface Resolution {
  readonly decision: Decision;
  /**
   * `person`: a person decided. `evidence`: the gateway read it back. `already_so`: what was asked for was so before,
   * and nothing was sent.
   */
  readonly basis: 'person' | 'evidence' | 'already_so';
  /** Name of the person's caller, or of the check. */
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
}

/** One row of the ledger, without the answer and without the key's use. */
export interface Operation {
  readonly id: string;
  readonly tenant: string;
  /** The vendor account it works on; null where it is not known. */
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
  /** How often it was begun; more than 1 only after it was released. */
  readonly attempts: number;
  readonly evidence: readonly Evidence[];
  /** What it is about as it was read before the call; null where none was read. */
  readonly snapshot: unknown;
  /** What an unknown outcome waits for; null in every other state. */
  readonly awaits: Awaits | null;
  /** What the absence of an effect speaks for; a person decides. */
  readonly recommendation: Decision | null;
  /** When an answer arrived that contradicts the decision. */
  readonly contradictedAt: Date | null;
  readonly resolution: Resolution | null;
  readonly createdAt: Date;
  /** When it was begun last. */
  readonly sentAt: Date;
  readonly finishedAt: Date | null;
  /** HTTP status of the answer kept for its key; null when none is known. */
  readonly answerStatus: number | null;
}

/**
 * An operation this process has begun and must report on; all that it takes to put it back, should the database lose
 * it.
 */
export interface RunningOperation {
  readonly id: string;
  /** Proof of having begun it: an answer is recorded only with it. */
  readonly claim: string;
  readonly write: OperationWrite;
  /** How often it was begun, this time included. */
  readonly attempts: number;
  readonly begunAt: Date;
  /** Given with `send`; JSON. */
  snapshot: unknown;
  /** How long it has been held; asked before its first byte leaves. */
  readonly lease: LeaseWatch;
}

export type BeginResult =
  | { readonly kind: 'run'; readonly operation: RunningOperation }
  /** `answer` is null when nobody knows it: it was decided as executed, or its encryption key is gone. */
  | { readonly kind: 'replay'; readonly operation: Operation; readonly answer: StoredAnswer | null }
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
 * `recorded`: committed. `queued`: the database is away; the answer is kept in this process and recorded when it is
 * back. `superseded`: the operation was decided before; this answer stands in its evidence.
 */
export type RecordResult = 'recorded' | 'queued' | 'superseded';

/** Path of the operation in the public API. */
export function operationPath(id: string): string {
  return `/v1/operations/${id}`;
}
