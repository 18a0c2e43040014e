import type { FastifyReply } from 'fastify';
import {
  MissingError,
  RejectedError,
  UpstreamError,
  VoucherUnavailableError,
} from '../../upstreams/transport/upstream.errors.js';
import { scheduler } from '../../store/cooperative.scheduler.js';
import { requestContext } from '../../telemetry/request.context.js';
import { completedProblem, problemBody } from '../problems/problem.body.js';
import { ProblemError } from '../problems/problem.error.js';
import { problemOfError } from '../problems/problem.of.error.js';
import { LedgerUnavailableError } from '../../ledger/ledger.errors.js';
import type { OperationLedger } from '../../ledger/operation.ledger.js';
import type { WritePlan } from './write.plan.js';
import { prepare, type SnapshotRequest } from './snapshot.preparation.js';
import { responseLost, problemOfRepeat, REPLAYED } from './repeat.problems.js';
import {
  type BeginResult,
  type Evidence,
  operationPath,
  type RunningOperation,
  type StoredResponse,
} from '../../ledger/operation.types.js';

/**
 * A process that was frozen while its intent was committed must not send. Far below the lease (60 s), so that the wait
 * for the upstream, which is checked again before the first byte, still fits in; far above any commit.
 */
const BEGIN_MS_MAX = 10_000;

/**
 * One write through the ledger. A handler calls `run` once with the work; the caller gets the response of the work, or
 * the one stored for its key.
 */
export class IdempotentRun {
  constructor(
    private readonly ledger: OperationLedger,
    private readonly describe: () => WritePlan,
    private readonly reply: FastifyReply,
  ) {}

  /**
   * `work` gets the operation's id; it runs at most once, and only after the intent is committed. `locate` returns the
   * path of what was created, for the Location header; `migrationOf` the id of the migration that was started.
   */
  async run<T>(
    work: (id: string) => Promise<T>,
    locate?: (body: T) => string,
    migrationOf?: (body: T) => string,
  ): Promise<T> {
    const plan = this.describe();
    const context = requestContext.getStore();
    if (context) context.kind = plan.write.kind;
    const result = await this.#begin(plan);
    if (result.kind === 'replay') return this.#replay(result) as T;
    if (result.kind !== 'run') throw problemOfRepeat(result, plan);
    const { operation } = result;
    const already = plan.reading && (await this.#prepare(operation, plan.reading));
    if (already) return this.#give(already) as T;
    if (operation.lease.elapsedMs > BEGIN_MS_MAX) throw await this.#tooLate(operation);
    const body = await this.#execute(operation, plan.write.requestId ?? '', work);
    const response: StoredResponse = {
      status: this.reply.statusCode,
      body,
      ...(locate ? { location: locate(body) } : {}),
    };
    await this.ledger.succeed(operation, response, [], migrationOf?.(body) ?? null);
    return this.#give(response) as T;
  }

  /**
   * What its deadline or its budget refuses anyway is not claimed: nothing of it has to be recorded, and a vendor that is down costs no rows.
   * A repeat gets what the ledger has for it nevertheless.
   */
  async #begin({ write, refusal: refusalNow }: WritePlan): Promise<BeginResult> {
    const refusal = refusalNow?.();
    if (refusal && (await this.ledger.isFree(write))) throw problemOfError(refusal, true);
    return this.ledger.begin(write);
  }

  /** Commits the snapshot before the call. Returns a response if the requested state exists already. */
  async #prepare(operation: RunningOperation, reading: SnapshotRequest): Promise<StoredResponse | undefined> {
    const { snapshot, alreadySo } = await prepare(reading, this.ledger.now).catch(async (error: unknown) => {
      await this.ledger.release(operation);
      throw error instanceof ProblemError ? error.with({ operation: operationPath(operation.id) }) : error;
    });
    if (alreadySo) {
      const response = { status: this.reply.statusCode, body: alreadySo.body };
      const { at, asked, seen } = snapshot;
      const recorded = await this.ledger.alreadySo(operation, response, [{ at, by: 'gateway', asked, seen }]);
      if (recorded === 'recorded') return response;
      // Nothing was sent, so refusing loses nothing; a success without a row could not be replayed.
      const notRecorded = new LedgerUnavailableError(new Error('what is so already was not recorded'));
      throw problemOfError(notRecorded, true).with({ operation: operationPath(operation.id) });
    }
    if (await this.ledger.send(operation, snapshot)) return undefined;
    throw new LedgerUnavailableError(new Error('the claim ended before the write was sent'));
  }

  async #tooLate(operation: RunningOperation): Promise<LedgerUnavailableError> {
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
      const body = await work(operation.id);
      // The calls of a burst end together too, by responses or by refusals.
      await scheduler.yield();
      return body;
    } catch (error) {
      await scheduler.yield();
      throw await this.#recordFailure(operation, error, requestId);
    }
  }

  /** Records the failure according to the `outcome` that the caller gets. */
  async #recordFailure(
    operation: RunningOperation,
    error: unknown,
    requestId: string,
  ): Promise<ProblemError> {
    const problem = problemOfError(error, true).with({ operation: operationPath(operation.id) });
    if (problem.options.outcome === 'unknown') {
      await this.ledger.unknown(operation, [howItWasLost(error, this.ledger.now)]);
    } else if (isRefusal(error)) {
      await this.ledger.fail(operation, { status: problem.status, body: problemBody(problem, requestId) });
    } else {
      await this.ledger.release(operation);
    }
    return problem;
  }

  #replay({ operation, response }: Extract<BeginResult, { kind: 'replay' }>): unknown {
    void this.reply.header(REPLAYED, 'true');
    if (!response) throw responseLost(operation);
    return this.#give(response);
  }

  #give({ status, body, location }: StoredResponse): unknown {
    void this.reply.code(status);
    if (location !== undefined) void this.reply.header('location', location);
    if (status < 400) return body;
    void this.reply.header('content-type', 'application/problem+json; charset=utf-8');
    return completedProblem(body);
  }
}

/** A refusal of this request that a repeat would get as well: final, stored and replayed. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof MissingError ||
    error instanceof VoucherUnavailableError ||
    error instanceof RejectedError
  );
}

/** Evidence for a later decision, without any text of the upstream. */
function howItWasLost(error: unknown, now: Date): Evidence {
  const seen =
    error instanceof UpstreamError
      ? { upstream: error.upstream, call: error.operation, reason: error.reason }
      : { reason: 'an error of the gateway' };
  return { at: now.toISOString(), by: 'gateway', asked: 'how did the call end?', seen };
}
