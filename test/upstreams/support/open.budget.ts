import type { ChannelAccount } from '../../../src/upstreams/transport/account.places.js';
import {
  type AccountBudget,
  BudgetRefusedError,
  type BudgetRequest,
  type BudgetSnapshot,
  type CallOutcome,
  type Grant,
} from '../../../src/upstreams/budget/budget.types.js';

const LIMITS = { rate: undefined, places: 1_000, attemptMs: 10_000 };

/** What was reported about one granted call, in order: `head`, `release`, or the kind of its outcome. */
export interface GrantedCall {
  readonly request: BudgetRequest;
  readonly reports: string[];
  outcome?: CallOutcome;
}

/** Admits every call at once and remembers what was reported about it; for tests of the transport alone. */
export class OpenBudget implements AccountBudget {
  readonly granted: GrantedCall[] = [];
  /** False: every grant is too old to be used. */
  maySend = true;
  /** Less than Infinity: every call is a probe. */
  msLeft = Infinity;
  /** Called in place of a grant. */
  refuse: ((request: BudgetRequest) => Error | undefined) | undefined;

  acquire(request: BudgetRequest): Promise<Grant> {
    const refusal = this.refuse?.(request);
    if (refusal) return Promise.reject(refusal);
    const call: GrantedCall = { request, reports: [] };
    this.granted.push(call);
    return Promise.resolve({
      maySend: () => this.maySend,
      msLeft: () => this.msLeft,
      head: () => note(call, 'head'),
      outcome: (outcome) => {
        call.outcome ??= outcome;
        note(call, call.outcome.kind);
      },
      release: () => note(call, 'release'),
    });
  }

  refusal(request: BudgetRequest): BudgetRefusedError | undefined {
    const refusal = this.refuse?.(request);
    return refusal instanceof BudgetRefusedError ? refusal : undefined;
  }

  snapshot(): BudgetSnapshot {
    return {
      account: 'spid:test',
      limits: LIMITS,
      mode: 'local',
      gate: 'closed',
      gateReason: undefined,
      gateMs: 0,
      effectiveRate: undefined,
      effectivePlaces: 1_000,
      placesUsed: 0,
      slotsUsed: 0,
      waiting: { interactive: 0, background: 0 },
    };
  }
}

/** An account without a rate. */
export function openAccount(budget: AccountBudget = new OpenBudget()): () => ChannelAccount {
  return () => ({ budget, limits: LIMITS });
}

function note(call: GrantedCall, report: string): void {
  if (!call.reports.includes(report)) call.reports.push(report);
}
