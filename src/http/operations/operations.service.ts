import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../../store/database/database.clock.js';
import type { Caller } from '../auth/caller.js';
import { ProblemError } from '../problems/problem.error.js';
import type { ListOperationsQueryDto } from './dto/list-operations-query.dto.js';
import { OperationDto } from './dto/operation.dto.js';
import { statesShownAs } from './shown.state.js';
import { OperationsSummaryDto } from './dto/operations-summary.dto.js';
import { OperationsDto } from './dto/operations.dto.js';
import { OperationQueries } from '../../ledger/queries/operation.queries.js';
import { operationNotFound } from './operation.problems.js';
import { LeaseDuration } from '../../ledger/lease.duration.js';
import { OperationSummary } from '../../ledger/queries/operation.summary.js';
import { type Operation, operationPath, type StoredAnswer } from '../../ledger/operation.types.js';
import { decides, isVisible } from '../auth/visible.operations.js';

/** Operations, as far as the caller may see them. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly queries: OperationQueries,
    private readonly summary: OperationSummary,
    private readonly time: DatabaseClock,
    private readonly lease: LeaseDuration,
  ) {}

  async get(caller: Caller, id: string): Promise<OperationDto> {
    return OperationDto.from(await this.find(caller, id));
  }

  async list(caller: Caller, { state, ...query }: ListOperationsQueryDto): Promise<OperationsDto> {
    const page = await this.queries.list({
      ...query,
      tenant: caller.tenant,
      resources: caller.resources,
      ...(decides(caller) ? {} : { caller: caller.name }),
      ...(state === undefined ? {} : { states: statesShownAs(state) }),
    });
    return OperationsDto.from(page);
  }

  /** Counts the operations with an unknown outcome. */
  async summarize(caller: Caller): Promise<OperationsSummaryDto> {
    const { tenant, name, resources } = caller;
    const filter = { tenant, resources, ...(decides(caller) ? {} : { caller: name }) };
    return OperationsSummaryDto.from(await this.summary.ofUnknown(filter));
  }

  /** For resources based on the ledger. @throws ProblemError operation-not-found, LedgerUnreadableError */
  async find(caller: Caller, id: string): Promise<Operation> {
    const operation = await this.queries.find(caller.tenant, id);
    if (operation && isVisible(caller, operation)) return operation;
    throw operationNotFound();
  }

  /** The stored response of an operation; null when none is known. @throws LedgerUnreadableError */
  async answerOf({ tenant, id }: Operation): Promise<StoredAnswer | null> {
    return (await this.queries.findAnswer(tenant, id)) ?? null;
  }

  /**
   * Why an operation that is not unknown can be neither probed nor decided. `outcome` is that of the operation, so
   * that a refusal is not mistaken for `not_executed`.
   */
  problemOfKnown(operation: Operation): ProblemError {
    const { id, outcome, state } = operation;
    if (state === 'claimed' || state === 'sent' || state === 'unknown') {
      return new ProblemError(
        'operation-in-progress',
        'This operation still runs; only an unknown one can be probed or decided.',
        {
          operation: operationPath(id),
          outcome: 'unknown',
          retryAfterSeconds: this.#retryAfterSeconds(operation),
        },
      );
    }
    const detail = 'The outcome of this operation is known and does not change.';
    return new ProblemError('operation-already-decided', detail, {
      operation: operationPath(id),
      ...(outcome ? { outcome } : {}),
    });
  }

  /** By then it has an outcome, or its lease has expired and recovery has marked it. */
  #retryAfterSeconds({ sentAt }: Operation): number {
    const leftMs = sentAt.getTime() + this.lease.ms - this.time.now().getTime();
    return Math.ceil((Math.max(leftMs, 0) + this.lease.sweepPauseMs) / 1_000);
  }
}
