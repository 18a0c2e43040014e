import { Injectable } from '@nestjs/common';
import { KindRegistry } from '../ledger/kind.registry.js';
import type { Operation, StoredResponse } from '../ledger/operation.types.js';
import { OperationQueries } from '../ledger/queries/operation.queries.js';
import { type DecideResult, DecisionStore, type OperationDecision } from '../ledger/writes/decision.store.js';
import { type EvidenceNote, EvidenceStore } from '../ledger/writes/evidence.store.js';

/**
 * The methods of the ledger for operations of unknown outcome. All throw LedgerUnreadableError while the database is
 * unavailable.
 */
@Injectable()
export class ReconciliationLedger {
  constructor(
    private readonly queries: OperationQueries,
    private readonly evidence: EvidenceStore,
    private readonly decisions: DecisionStore,
    private readonly kinds: KindRegistry,
  ) {}

  find(tenant: string, id: string): Promise<Operation | undefined> {
    return this.queries.find(tenant, id);
  }

  /** Returns 0 if the turn to probe was taken, otherwise milliseconds until the next turn. */
  takeTurn(operation: Operation, pauseMs: number): Promise<number> {
    return this.evidence.takeTurn(operation, pauseMs);
  }

  /**
   * Adds evidence without a decision. Returns undefined if the operation is no longer unknown, or was started again.
   */
  note(operation: Operation, note: EvidenceNote): Promise<Operation | undefined> {
    return this.evidence.add(operation, note);
  }

  /** Decides an unknown operation; a second decision has no effect. */
  decide(decision: OperationDecision): Promise<DecideResult> {
    return this.decisions.decide(decision);
  }

  /** The response of an operation that is decided as executed; undefined if only the upstream knew it. */
  responseIfExecuted(operation: Operation): StoredResponse | undefined {
    return this.kinds.responseIfExecuted(operation);
  }
}
