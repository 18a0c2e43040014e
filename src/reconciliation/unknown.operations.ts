import { Injectable } from '@nestjs/common';
import type { KnownAnswer } from '../ledger/operation.kind.js';
import { OperationKinds } from '../ledger/operation.kinds.js';
import type { Operation } from '../ledger/operation.types.js';
import { OperationQueries } from '../ledger/queries/operation.queries.js';
import { type DecideResult, DecisionStore, type OperationDecision } from '../ledger/writes/decision.store.js';
import { type EvidenceNote, EvidenceStore } from '../ledger/writes/evidence.store.js';

/** The ledger as reconciliation uses it. All methods throw LedgerUnreadableError while it cannot be used. */
@Injectable()
export class UnknownOperations {
  constructor(
    private readonly queries: OperationQueries,
    private readonly evidence: EvidenceStore,
    private readonly decisions: DecisionStore,
    private readonly kinds: OperationKinds,
  ) {}

  find(tenant: string, id: string): Promise<Operation | undefined> {
    return this.queries.find(tenant, id);
  }

  /** 0: the turn to probe is taken; otherwise milliseconds until the next one. */
  takeTurn(operation: Operation, pauseMs: number): Promise<number> {
    return this.evidence.takeTurn(operation, pauseMs);
  }

  /** Adds evidence without a decision. Undefined: the operation is not unknown any more, or was begun again. */
  note(operation: Operation, note: EvidenceNote): Promise<Operation | undefined> {
    return this.evidence.add(operation, note);
  }

  /** Ends an unknown operation; a second decision changes nothing. */
  decide(decision: OperationDecision): Promise<DecideResult> {
    return this.decisions.decide(decision);
  }

  /** The response of an operation that is decided as executed; undefined where only the upstream knew it. */
  answerIfExecuted(operation: Operation): KnownAnswer | undefined {
    return this.kinds.answerIfExecuted(operation);
  }
}
