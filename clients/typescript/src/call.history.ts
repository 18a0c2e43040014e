import type { ProblemBody } from './problem.body.js';
import { type Failure, isOpen, mayRepeat, type Protection } from './retry.policy.js';
import {
  AbortedError,
  ConnectionError,
  ExecutedError,
  type FailedCall,
  OutcomeUnknownError,
  ProblemError,
  RetryLaterError,
  type TollgateError,
} from './tollgate.errors.js';

/**
 * The attempts of one call. A later attempt that is refused, for example by a limit, does not show that an earlier one
 * without a response was not executed.
 */
export class CallHistory {
  readonly requestIds: string[] = [];
  #failure: Failure | undefined;
  #retryAfterMs: number | undefined;
  /** An attempt may have taken effect. */
  #isUncertain = false;
  /** Names the operation of such an attempt. */
  #open: ProblemBody | undefined;

  constructor(
    readonly call: string,
    readonly protection: Protection,
    readonly idempotencyKey: string | undefined,
  ) {}

  get attempts(): number {
    return this.requestIds.length;
  }

  record(failure: Failure, retryAfterMs?: number): void {
    this.#failure = failure;
    this.#retryAfterMs = retryAfterMs;
    if (this.protection === 'read') return;
    if (failure.kind !== 'problem') this.#isUncertain ||= mayHaveExecuted(failure);
    else if (this.protection === 'key') this.#weigh(failure.problem);
  }

  #weigh(problem: ProblemBody): void {
    if (isOpen(problem.outcome)) {
      this.#isUncertain = true;
      this.#open = problem;
    } else if (problem.operationId !== undefined) {
      // It was found by the key, so it is about all attempts.
      this.#isUncertain = false;
    }
  }

  /** The error that ends the call. */
  error(): TollgateError {
    const failure = this.#failure;
    if (!failure) return this.aborted(undefined);
    if (this.#isUncertain) return this.#open?.outcome === 'executed' ? this.#executed() : this.#unknown();
    if (failure.kind !== 'problem') return this.#unconnected(failure);
    const { code, detail } = failure.problem;
    const ErrorClass = mayRepeat(failure, this.protection) ? RetryLaterError : ProblemError;
    return new ErrorClass(`${code}: ${detail}`, this.#facts());
  }

  /** @param reason of the caller's signal */
  aborted(reason: unknown): TollgateError {
    if (this.#isUncertain) return this.#unknown(reason);
    const outcome = this.protection === 'read' ? undefined : 'not_executed';
    return new AbortedError('it was aborted', { ...this.#facts(), outcome, cause: reason });
  }

  #executed(): TollgateError {
    return new ExecutedError('it was executed, and its response is lost', this.#facts());
  }

  #unknown(reason?: unknown): TollgateError {
    const { cause = reason, ...facts } = this.#facts();
    const problem = facts.problem?.operationId === undefined ? (this.#open ?? facts.problem) : facts.problem;
    const message = 'it may have been executed; never repeat it with a new key';
    return new OutcomeUnknownError(message, { ...facts, problem, outcome: 'unknown', cause });
  }

  #unconnected(failure: Exclude<Failure, { kind: 'problem' }>): TollgateError {
    if (failure.kind === 'foreign') {
      const advice = failure.status < 500 ? '; check the base URL' : '';
      return new ConnectionError(`the response is not of the gateway${advice}`, this.#facts());
    }
    const outcome = this.protection === 'read' ? undefined : 'not_executed';
    return new ConnectionError('no response', { ...this.#facts(), outcome });
  }

  #facts(): FailedCall {
    const { call, requestIds, idempotencyKey } = this;
    const failure = this.#failure;
    const common = { call, requestIds: [...requestIds], idempotencyKey };
    if (failure?.kind === 'lost') return { ...common, cause: failure.error };
    const retryAfterSeconds =
      this.#retryAfterMs === undefined ? undefined : Math.ceil(this.#retryAfterMs / 1_000);
    const problem = failure?.kind === 'problem' ? failure.problem : undefined;
    const { status, headers } = failure ?? {};
    return { ...common, status, headers, problem, outcome: problem?.outcome, retryAfterSeconds };
  }
}

/** A refusal by something before the gateway has no effect; its time-out or failure may have one. */
function mayHaveExecuted(failure: Exclude<Failure, { kind: 'problem' }>): boolean {
  if (failure.kind === 'lost') return failure.wasSent;
  const { status } = failure;
  return status < 300 || status === 408 || status >= 500;
}
