import { Injectable } from '@nestjs/common';
import { LeaseDuration } from '../../ledger/lease.duration.js';
import { type Operation, operationPath } from '../../ledger/operation.types.js';
import { DatabaseClock } from '../../store/database/database.clock.js';
import { ProblemError } from '../problems/problem.error.js';

/** Refuses to probe or decide operations that are not unknown. */
@Injectable()
export class KnownOutcomeProblems {
  constructor(
    private readonly time: DatabaseClock,
    private readonly lease: LeaseDuration,
  ) {}

  /**
   * Why an operation that is not unknown can be neither probed nor decided. `outcome` is that of the operation, so
   * that a refusal is not mistaken for `not_executed`.
   */
  problemOf(operation: Operation): ProblemError {
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
    return new ProblemError('operation-already-decided', `${endOf(operation)} This is final.`, {
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

/** Its outcome, from whom or what it is known, and since when: what a person who wants to decide it needs. */
function endOf({ resolution, state, outcome, finishedAt }: Operation): string {
  if (!resolution) {
    const basis = state === 'released' ? 'it was not sent, or refused temporarily' : 'the upstream responded';
    return `The outcome is ${outcome ?? state}: ${basis}${timeOf(finishedAt)}.`;
  }
  const { decision, basis, by, at, reason } = resolution;
  switch (basis) {
    case 'person':
      return `${by} decided ${decision}${timeOf(at)}, for the reason: ${reason.replace(/\.?$/, '.')}`;
    case 'evidence':
      return `The gateway decided ${decision}${timeOf(at)} by evidence: ${reason.replace(/\.?$/, '.')}`;
    case 'already_so':
      return `The requested state existed before${timeOf(at)}, and nothing was sent.`;
    default:
      return basis satisfies never;
  }
}

function timeOf(time: Date | null): string {
  return time === null ? '' : ` at ${time.toISOString()}`;
}
