import type { FastifyReply } from 'fastify';
import {
  MissingError,
  RejectedError,
  UpstreamError,
  VoucherUnavailableError,
} from '../../upstreams/transport/upstream.errors.js';
import { requestContext } from '../../telemetry/request.context.js';
import { problemBody } from '../problems/http.problems.js';
import { ProblemError } from '../problems/problem.error.js';
import { problemOfError } from '../problems/problem.of.error.js';
import { LedgerUnavailableError } from './operation.errors.js';
import type { OperationLedger } from './operation.ledger.js';
import {
  operationPath,
  type BeginResult,
  type Evidence,
  type Operation,
  type OperationWrite,
  type RunningOperation,
  type StoredAnswer,
} from './operation.types.js';

/** Says that the answer is that of an earlier request with the same key. */
const REPLAYED = 'Idempotent-Replayed';

/**
 * A process that was frozen while its intent was committed must not send. Far below the lease (60 s), so that the wait
 * for the upstream, which is checked again before the first byte, still fits in; far above any commit.
 */
const BEGIN_MS_MAX = 10_000;

/**
 * One write on its way through the ledger. A handler calls `run` once with the work; what the caller gets is the
 * answer of the work, or the one stored for its key.
 */
export class OperationRun {
  constructor(
    private readonly ledger: OperationLedger,
    private readonly describe: () => OperationWrite,
    private readonly reply: FastifyReply,
  ) {}

  /**
   * `work` gets the operation's id; it runs at most once, and only after the intent is committed. `locate` names the
   * path of what was created, for the Location header.
   */
  async run<T>(work: (id: string) => Promise<T>, locate?: (body: T) => string): Promise<T> {
    const write = this.describe();
    const begun = await this.ledger.begin(write);
    if (begun.kind !== 'run') return this.#repeat(begun) as T;
    if (begun.operation.lease.elapsedMs > BEGIN_MS_MAX) throw await this.#tooLate(begun.operation);
    const body = await this.#execute(begun.operation, write.requestId ?? '', work);
    const answer: StoredAnswer = {
      status: this.reply.statusCode,
      body,
      ...(locate ? { location: locate(body) } : {}),
    };
    await this.ledger.succeed(begun.operation, answer);
    return this.#give(answer) as T;
  }

  async #tooLate(operation: RunningOperation): Promise<ProblemError> {
    await this.ledger.release(operation);
    return new LedgerUnavailableError(new Error(`the intent took longer than ${BEGIN_MS_MAX} ms to commit`));
  }

  async #execute<T>(
    operation: RunningOperation,
    requestId: string,
    work: (id: string) => Promise<T>,
  ): Promise<T> {
    const context = requestContext.getStore();
    if (context) context.maySend = () => !operation.lease.isOver;
    try {
      return await work(operation.id);
    } catch (error) {
      throw await this.#recordFailure(operation, error, requestId);
    }
  }

  /** What the error means for the ledger follows from what it means for the caller: `outcome` is the one truth. */
  async #recordFailure(
    operation: RunningOperation,
    error: unknown,
    requestId: string,
  ): Promise<ProblemError> {
    const problem = problemOfError(error, true).with({ operation: operationPath(operation.id) });
    if (problem.options.outcome === 'unknown') {
      await this.ledger.unknown(operation, [howItWasLost(error)]);
    } else if (isRefusal(error)) {
      await this.ledger.fail(operation, { status: problem.status, body: problemBody(problem, requestId) });
    } else {
      await this.ledger.release(operation);
    }
    return problem;
  }

  #repeat(begun: Exclude<BeginResult, { kind: 'run' }>): unknown {
    switch (begun.kind) {
      case 'replay':
        return this.#replay(begun);
      case 'in-progress':
        throw new ProblemError('operation-in-progress', 'The first request with this key is still running.', {
          outcome: 'unknown',
          operation: operationPath(begun.operation.id),
          retryAfterSeconds: begun.retryAfterSeconds,
        });
      case 'reused':
        throw new ProblemError(
          'idempotency-key-reused',
          'This key belongs to another request of this caller.',
          {
            outcome: 'not_executed',
          },
        );
      case 'busy':
        throw new ProblemError(
          'operation-in-progress',
          'Another write on the same thing is not finished yet.',
          {
            outcome: 'not_executed',
          },
        );
      case 'unknown':
        throw new ProblemError(
          'outcome-unknown',
          'The first request with this key has no known outcome yet.',
          {
            outcome: 'unknown',
            operation: operationPath(begun.operation.id),
            headers: { [REPLAYED]: 'true' },
          },
        );
      default:
        return begun satisfies never;
    }
  }

  #replay({ operation, answer }: Extract<BeginResult, { kind: 'replay' }>): unknown {
    void this.reply.header(REPLAYED, 'true');
    if (!answer) throw answerLost(operation);
    return this.#give(answer);
  }

  #give({ status, body, location }: StoredAnswer): unknown {
    void this.reply.code(status);
    if (location !== undefined) void this.reply.header('location', location);
    if (status >= 400) void this.reply.header('content-type', 'application/problem+json; charset=utf-8');
    return body;
  }
}

/** Decided by a person, or encrypted under a key that is gone: the outcome stands, whatever became of the answer. */
function answerLost({ id, state }: Operation): ProblemError {
  const operation = operationPath(id);
  return state === 'failed'
    ? new ProblemError('upstream-rejected', 'It was refused and not executed; why is not known any more.', {
        outcome: 'not_executed',
        operation,
      })
    : new ProblemError('answer-lost', 'It was executed, and its answer is not known.', {
        outcome: 'executed',
        operation,
      });
}

/** An answer about this very request, which would be the same the next time: final, stored and replayed. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof MissingError ||
    error instanceof VoucherUnavailableError ||
    error instanceof RejectedError
  );
}

/** For whoever has to decide later: in our words, without anything the upstream said. */
function howItWasLost(error: unknown): Evidence {
  const seen =
    error instanceof UpstreamError
      ? { upstream: error.upstream, call: error.operation, reason: error.reason }
      : { reason: 'a fault of the gateway' };
  return { at: new Date().toISOString(), by: 'gateway', asked: 'how did the call end?', seen };
}
