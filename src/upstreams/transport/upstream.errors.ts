/** The two third parties, as named in logs and health. */
export type UpstreamName = 'spid' | 'import2';

export interface UpstreamErrorDetails {
  readonly upstream: UpstreamName;
  /** Name of the vendor call, for example `product_grant`; for logs only. */
  readonly operation: string;
  /** Internal text for logs; never a vendor body, a credential or a customer's data. */
  readonly reason: string;
  readonly cause?: unknown;
}

/** What went wrong out there. The message is internal: a problem never quotes it. */
export abstract class UpstreamError extends Error {
  readonly upstream: UpstreamName;
  readonly operation: string;
  readonly reason: string;

  constructor({ upstream, operation, reason, cause }: UpstreamErrorDetails) {
    super(`${upstream} ${operation}: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.upstream = upstream;
    this.operation = operation;
    this.reason = reason;
  }
}

/** No byte of the request left: name lookup, connect, TLS, or no free connection in time. Certainly not executed. */
export class NotSentError extends UpstreamError {}

/**
 * The request left and no answer came back that can be trusted: timeout, reset, server error, unreadable or
 * unverifiable body. A write may or may not have been executed.
 */
export class NoTrustworthyAnswerError extends UpstreamError {
  /**
   * `garbled`: an answer came but could not be read or verified; `lost`: none came, or not all of it;
   * `server-error`: a 5xx; `ambiguous`: a readable answer to a write that leaves open whether it was executed.
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

/** The vendor refuses our credentials, our address or our rights: operators must act. Not executed. */
export class MisconfiguredError extends UpstreamError {}

/** Things that can be missing, in our words. */
export type MissingThing = 'user' | 'product' | 'voucher-group' | 'voucher' | 'migration';

/** The vendor knows no such thing. Not executed. */
export class MissingError extends UpstreamError {
  readonly missing: MissingThing;

  constructor(missing: MissingThing, details: UpstreamErrorDetails) {
    super(details);
    this.missing = missing;
  }
}

/** No voucher left in the group, or fewer than asked (SPiD B7, B8). Not executed. */
export class VoucherUnavailableError extends UpstreamError {}

/** One refused field, in the caller's spelling. */
export interface RejectedField {
  /** JSON pointer into the caller's body, for example `/sourceTool`; `''` is the body as a whole. */
  readonly pointer: string;
  /** Public text in our own words. */
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
