import type { Clock } from '../../config/clock.js';
import { stepBudget } from './model/budget.model.js';
import type { BudgetReply, BudgetStep, StepContext } from './budget.protocol.js';
import { type BudgetState, emptyState } from './model/budget.state.js';
import type { BudgetAccount, BudgetStore } from './budget.store.js';

/**
 * Accounts counted in this process: those without a rate, the embedded mode, and while the shared store is away. Nothing is lost and
 * nothing comes late here, so the evidence that replicas bring of that is not asked for.
 */
export class MemoryBudgetStore implements BudgetStore {
  readonly #states = new Map<string, BudgetState>();

  constructor(private readonly clock: Clock) {}

  step(account: BudgetAccount, { replica }: StepContext, step: BudgetStep): BudgetReply {
    let state = this.#states.get(account.name);
    if (!state) {
      state = emptyState();
      this.#states.set(account.name, state);
    }
    const nowMs = Math.floor(this.clock.monotonicMs());
    const context = { replica, seq: 0, last: { storeMs: nowMs, agoMs: 0 } };
    return stepBudget(state, nowMs, { limits: account.limits, context, step });
  }

  /** Drops what is known of an account. */
  forget(account: string): void {
    this.#states.delete(account);
  }
}
