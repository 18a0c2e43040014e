import type { BudgetReply, BudgetResult, BudgetStep, StepContext } from './budget.protocol.js';
import type { BudgetLimits } from './budget.types.js';

/** One account at a store: its name, free of secrets, and the limits that this step uses. */
export interface BudgetAccount {
  readonly name: string;
  readonly limits: BudgetLimits;
}

/** Keeps the state of accounts. Steps of one account happen one after the other, on the store's clock. */
export interface BudgetStore {
  /**
   * A store in this process replies at once and never fails, so that a call without a rate costs no turn of the loop.
   * @throws StoreAwayError when the store does not reply in time. The step may have happened; its id makes it safe to repeat.
   */
  step(account: BudgetAccount, context: StepContext, step: BudgetStep): BudgetReply | Promise<BudgetReply>;
}

/** A store in this process. It can drop what it knows of an account. */
export interface LocalBudgetStore extends BudgetStore {
  forget(account: string): void;
}

/** A store that all replicas share. */
export interface SharedBudgetStore extends BudgetStore {
  /** Whether it replies in time. Asking changes nothing there. */
  responds(account: string): Promise<boolean>;
}

/** Results for calls of a replica that another replica's step has decided. */
export type ResultListener = (account: string, results: readonly BudgetResult[]) => void;

/** The shared store is not there. */
export class StoreAwayError extends Error {
  constructor(options?: ErrorOptions) {
    super('the store of the budgets does not reply', options);
    this.name = 'StoreAwayError';
  }
}
