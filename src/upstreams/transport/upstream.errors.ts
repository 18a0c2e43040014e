import type { UpstreamName } from '../../config/upstream.names.js';
import type { RefusalReason } from '../budget/budget.types.js';

export type { UpstreamName };

export interface UpstreamErrorDetails {
  readonly upstream: UpstreamName;
  /** Name of the vendor call, for example `product_grant`; for logs only. */
  readonly operation: string;
  /** Internal text for logs; never a vendor body, a credential or a customer's data. */
  readonly reason: string;
  readonly cause?: unknown;
  /** `Tollgate-Deadline-Ms` of the request, where the end of that time is why the call failed. */
  readonly deadlineMs?: number | undefined;
  /** HTTP status of a 5xx. */
  readonly status?: number | undefined;
}

/** A failed vendor call. The message is internal: a problem never quotes it. */
export abstract class UpstreamError extends Error {
  readonly upstream: UpstreamName;
  readonly operation: string;
  readonly reason: string;
  readonly deadlineMs: number | undefined;
  readonly status: number | undefined;

  constructor({ upstream, operation, reason, cause, deadlineMs, status }: UpstreamErrorDetails) {
    super(`${upstream} ${operation}: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.upstream = upstream;
    this.operation = operation;
    this.reason = reason;
    this.deadlineMs = deadlineMs;
    this.status = status;
  }
}

/** No byte was sent: DNS, connect or TLS failed, or no connection was free in time. Certainly not executed. */
export class NotSentError extends UpstreamError {}

/** The budget of the vendor account did not admit the call in time, or its circuit breaker is open. Certainly not executed. */
export class NotAdmittedError extends UpstreamError {
  /** Whole seconds, at least 1, after which the same call would be admitted if no other caller appeared. */
  readonly retryAfterSeconds: number;

  constructor(
    readonly refusal: RefusalReason,
    retryAfterMs: number,
    details: UpstreamErrorDetails,
  ) {
    super(details);
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  }
}

/**
 * The request was sent and no trustworthy response came back: timeout, reset, server error, unreadable or unverifiable
 * body. A write may or may not have been executed.
 */
export class NoTrustworthyResponseError extends UpstreamError {
  /**
   * `garbled`: the response could not be read or verified; `lost`: none or only a part came; `server-error`: a 5xx;
   * `ambiguous`: a readable response to a write that does not show whether it was executed.
   */
  readonly kind: DistrustKind;

  constructor(kind: DistrustKind, details: UpstreamErrorDetails) {
    super(details);
    this.kind = kind;
  }
}

export type DistrustKind = 'garbled' | 'lost' | 'server-error' | 'ambiguous';

/** The vendor's rate limit: 420 at SPiD (SPiD A6), 429 at Import2 (Import2 E1). Not executed. */
export class ThrottledError extends UpstreamError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, details: UpstreamErrorDetails) {
    super(details);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The vendor refuses our credentials, IP address or rights: operators must act. Not executed. */
export class MisconfiguredError extends UpstreamError {
  /** What the vendor refuses, in words for operators; undefined where its response does not show it. */
  readonly refused: string | undefined;

  constructor({ refused, ...details }: UpstreamErrorDetails & { readonly refused?: string | undefined }) {
    super(details);
    this.refused = refused;
  }
}

/** Things that can be missing, in our terms. */
export type MissingThing = 'user' | 'product' | 'voucher-group' | 'voucher' | 'migration';

/** The requested thing does not exist at the vendor. Not executed. */
export class MissingError extends UpstreamError {
  readonly missing: MissingThing;

  constructor(missing: MissingThing, details: UpstreamErrorDetails) {
    super(details);
    this.missing = missing;
  }
}

/** The group has no voucher left, or fewer than requested (SPiD B7, B8). Not executed. */
export class VoucherUnavailableError extends UpstreamError {}

/** One refused field, in the caller's spelling. */
export interface RejectedField {
  /** JSON pointer into the caller's body, for example `/sourceTool`; `''` is the body as a whole. */
  readonly pointer: string;
  /** Public text of our own. */
  readonly detail: string;
}

/** The vendor refuses the content of the request. Not executed. */
export class RejectedError extends UpstreamError {
  readonly fields: readonly RejectedField[];

  constructor(fields: readonly RejectedField[], details: UpstreamErrorDetails) {
    super(details);
    this.fields = fields;
  }
}
