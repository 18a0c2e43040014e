import { Injectable } from '@nestjs/common';
import type { OperationKind } from '../../ledger/operation.kind.js';
import type { OperationWrite } from '../../ledger/operation.types.js';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';

/**
 * What the budget of the vendor account would refuse the calls of a write with now; undefined where they may be sent. One per
 * feature, because only features know which calls a write makes. It takes nothing.
 */
export interface WriteBudget {
  readonly kinds: readonly OperationKind[];
  refusalOfWrite(write: OperationWrite): UpstreamError | undefined;
  /** Of the read before a prepared write. */
  refusalOfSnapshot?(write: OperationWrite): UpstreamError | undefined;
}

/** All of them, by kind; features add theirs in `onModuleInit`. */
@Injectable()
export class WriteBudgets {
  readonly #byKind = new Map<OperationKind, WriteBudget>();

  add(budget: WriteBudget): void {
    for (const kind of budget.kinds) this.#byKind.set(kind, budget);
  }

  /** @param isDeciding whether a prepared write is sent only if its snapshot can be read */
  refusalOf(write: OperationWrite, isDeciding: boolean): UpstreamError | undefined {
    const budget = this.#byKind.get(write.kind);
    if (!budget) return undefined;
    try {
      return refusalBy(budget, write, isDeciding);
    } catch (error) {
      // A tenant without an account at the vendor: the call itself then fails with the right problem.
      if (error instanceof UpstreamError) return undefined;
      throw error;
    }
  }
}

/**
 * A snapshot that only informs takes some time, after which the write may have a place; it may even be the probe that closes the gate.
 * So the write is refused now only if that read would be refused now, too: then the write would be decided at this moment anyway.
 */
function refusalBy(
  budget: WriteBudget,
  write: OperationWrite,
  isDeciding: boolean,
): UpstreamError | undefined {
  const ofSnapshot = () => budget.refusalOfSnapshot?.(write);
  if (write.prepared && isDeciding) return ofSnapshot();
  const ofWrite = budget.refusalOfWrite(write);
  return ofWrite && write.prepared && !ofSnapshot() ? undefined : ofWrite;
}
