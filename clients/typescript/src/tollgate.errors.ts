import type { InvalidField, ProblemBody } from './problem.body.js';
import type { ProblemCode } from './retry.policy.js';

/** What is known of a call that failed. */
export interface FailedCall {
  /** Name of the method, such as `handOutVoucher`. */
  readonly call: string;
  /** Ids of all attempts, in their order. */
  readonly requestIds: readonly string[];
  /** The key of all attempts of a write; send it again to repeat the write. */
  readonly idempotencyKey?: string | undefined;
  readonly outcome?: string | undefined;
  readonly problem?: ProblemBody | undefined;
  /** Without a problem. */
  readonly operationId?: string | undefined;
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Every error of a call. Its message has no body, key of the caller or path, and can be logged. */
export class TollgateError extends Error {
  override readonly name: string = 'TollgateError';
  readonly call: string;
  readonly requestIds: readonly string[];
  readonly idempotencyKey: string | undefined;
  /** Of a write: `not_executed`, `executed`, `unknown`; undefined where it was refused before it was recognised. */
  readonly outcome: string | undefined;
  readonly problem: ProblemBody | undefined;
  /** To pass to `waitForOutcome`, where it is known. */
  readonly operationId: string | undefined;
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, failed: FailedCall) {
    super(sentence(message, failed), failed.cause === undefined ? undefined : { cause: failed.cause });
    this.call = failed.call;
    this.requestIds = failed.requestIds;
    this.idempotencyKey = failed.idempotencyKey;
    this.outcome = failed.outcome;
    this.problem = failed.problem;
    this.operationId = failed.operationId ?? failed.problem?.operationId;
    this.status = failed.status;
    this.headers = failed.headers;
    this.retryAfterSeconds = failed.retryAfterSeconds;
  }

  /** The problem to decide by; undefined without a response of the gateway. */
  get code(): ProblemCode | (string & {}) | undefined {
    return this.problem?.code;
  }

  /** The invalid fields. */
  get errors(): readonly InvalidField[] {
    return this.problem?.errors ?? [];
  }

  get attempts(): number {
    return this.requestIds.length;
  }

  /** Of the latest attempt; the operators need it. */
  get requestId(): string | undefined {
    return this.requestIds.at(-1);
  }
}

/** The gateway refused the call. Decide by `code`; repeating it without a change is of no use. */
export class ProblemError extends TollgateError {
  override readonly name = 'ProblemError';
}

/**
 * The call may succeed later, a write with the same key: after `retryAfterSeconds`, where the gateway names a time. The
 * attempts or the deadline did not suffice. A write was not executed.
 */
export class RetryLaterError extends TollgateError {
  override readonly name = 'RetryLaterError';
}

/**
 * A write that may have taken effect. Never send it with a new key: wait for the outcome of the operation where
 * `operationId` is known (`waitForOutcome`), then send it with the same `idempotencyKey`; without one, send it with the
 * same key at once.
 */
export class OutcomeUnknownError extends TollgateError {
  override readonly name = 'OutcomeUnknownError';
}

/** A write that took effect, and whose response is lost. Record it as done. */
export class ExecutedError extends TollgateError {
  override readonly name = 'ExecutedError';
}

/** No response of the gateway: to a read, or to a write that was not sent. `status` where something else responded. */
export class ConnectionError extends TollgateError {
  override readonly name = 'ConnectionError';
}

/** The signal of the caller ended a call that had no effect. `cause` is the reason of the signal. */
export class AbortedError extends TollgateError {
  override readonly name = 'AbortError';
}

function sentence(message: string, { call, status, requestIds }: FailedCall): string {
  const facts = [
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(requestIds.length === 0 ? [] : [`request ${requestIds.at(-1)}`]),
    ...(requestIds.length > 1 ? [`attempt ${requestIds.length}`] : []),
  ];
  return `${call}: ${message}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}
