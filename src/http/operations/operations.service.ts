import { Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import type { Caller } from '../auth/caller.js';
import { mayReach } from '../auth/resource.rules.js';
import { ProblemError } from '../problems/problem.error.js';
import type { ListOperationsQueryDto } from './dto/list-operations-query.dto.js';
import { OperationDto } from './dto/operation.dto.js';
import { statesShownAs } from './dto/operation-states.js';
import { OperationsDto } from './dto/operations.dto.js';
import type { ResolveOperationDto } from './dto/resolve-operation.dto.js';
import { answerIfExecuted } from './known.answer.js';
import { type DecideResult, OperationArchive, type OperationDecision } from './operation.archive.js';
import { LedgerUnreadableError, operationNotFound } from './operation.errors.js';
import { OperationLease } from './operation.lease.js';
import { type Operation, operationPath, type StoredAnswer } from './operation.types.js';

/**
 * What callers may see of the ledger, and what they may decide. An operation is visible to the caller that asked for
 * it, and to those of its tenant who may decide about it; to all others it does not exist.
 */
@Injectable()
export class OperationsService {
  constructor(
    private readonly archive: OperationArchive,
    private readonly clock: Clock,
    private readonly lease: OperationLease,
  ) {}

  async get(caller: Caller, id: string): Promise<OperationDto> {
    return OperationDto.from(await this.find(caller, id));
  }

  async list(caller: Caller, { state, ...query }: ListOperationsQueryDto): Promise<OperationsDto> {
    const page = await this.archive.list({
      ...query,
      tenant: caller.tenant,
      ...(decides(caller) ? {} : { caller: caller.name }),
      ...(state === undefined ? {} : { states: statesShownAs(state) }),
    });
    const items = page.items.filter((operation) => isWithinReach(caller, operation));
    return OperationsDto.from({ ...page, items });
  }

  /** @throws ProblemError operation-not-found, operation-already-decided, operation-in-progress */
  async resolve(caller: Caller, id: string, resolution: ResolveOperationDto): Promise<OperationDto> {
    const { decision, reason, evidence } = resolution;
    const operation = await this.find(caller, id);
    const answer = decision === 'executed' ? answerIfExecuted(operation) : undefined;
    const result = await this.#decide({
      tenant: caller.tenant,
      id,
      decision,
      // Of what was looked at: a later attempt under the same key is another call.
      attempts: operation.attempts,
      basis: 'person',
      by: caller.name,
      reason,
      ...(evidence === undefined ? {} : { evidence: [this.#seen(caller, evidence)] }),
      ...(answer ? { answer } : {}),
    });
    return OperationDto.from(this.#decided(result));
  }

  /** For resources on top of the ledger. @throws ProblemError operation-not-found, LedgerUnreadableError */
  async find(caller: Caller, id: string): Promise<Operation> {
    const operation = await this.archive.find(caller.tenant, id);
    if (operation && isVisible(caller, operation)) return operation;
    throw operationNotFound();
  }

  /** The stored answer of an operation that was found; null when none is known. @throws LedgerUnreadableError */
  async answerOf({ tenant, id }: Operation): Promise<StoredAnswer | null> {
    return (await this.archive.findAnswer(tenant, id)) ?? null;
  }

  /** A database that dies during the decision may have taken it: that is said, not guessed. */
  async #decide(decision: OperationDecision): Promise<DecideResult> {
    try {
      return await this.archive.decide(decision);
    } catch (error) {
      if (!(error instanceof LedgerUnreadableError)) throw error;
      throw new ProblemError(
        'ledger-unavailable',
        'The decision may or may not be recorded. Read the operation, or decide again: that does no harm.',
        { ...error.options, outcome: 'unknown', operation: operationPath(decision.id) },
      );
    }
  }

  /** `outcome` in these problems is that of the operation: nobody may read "not executed" out of a refusal. */
  #decided(result: DecideResult): Operation {
    switch (result.kind) {
      case 'decided':
        return result.operation;
      case 'already-decided':
        throw new ProblemError(
          'operation-already-decided',
          'The outcome of this operation is known and does not change.',
          {
            operation: operationPath(result.operation.id),
            ...(result.operation.outcome ? { outcome: result.operation.outcome } : {}),
          },
        );
      case 'running':
        throw new ProblemError(
          'operation-in-progress',
          'This operation still runs; only an unknown one can be decided.',
          {
            operation: operationPath(result.operation.id),
            outcome: 'unknown',
            retryAfterSeconds: this.#retryAfterSeconds(result.operation),
          },
        );
      case 'not-found':
        throw operationNotFound();
      default:
        return result satisfies never;
    }
  }

  /** By then it was answered, or its lease has ended and recovery has found it. */
  #retryAfterSeconds({ sentAt }: Operation): number {
    const leftMs = sentAt.getTime() + this.lease.ms - this.clock.now().getTime();
    return Math.ceil((Math.max(leftMs, 0) + this.lease.sweepPauseMs) / 1_000);
  }

  #seen({ name }: Caller, seen: unknown) {
    return { at: this.clock.now().toISOString(), by: name, asked: 'evidence given with the decision', seen };
  }
}

function isVisible(caller: Caller, operation: Operation): boolean {
  return (operation.caller === caller.name || decides(caller)) && isWithinReach(caller, operation);
}

/** A caller that is restricted to some products or voucher groups sees nothing about others. */
function isWithinReach(
  { resources }: Caller,
  { subject: { productId, voucherGroupId } }: Operation,
): boolean {
  return (
    (productId === undefined || mayReach(resources, 'product', productId)) &&
    (voucherGroupId === undefined || mayReach(resources, 'voucherGroup', voucherGroupId))
  );
}

function decides({ scopes }: Caller): boolean {
  return scopes.has('operations:resolve');
}
