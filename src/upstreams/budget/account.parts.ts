import type { Clock } from '../../config/clock.js';
import type { BudgetObserver } from './budget.observer.js';
import type { BudgetStore, SharedBudgetStore } from './budget.store.js';

/** A store in this process. It can drop what it knows of an account. */
export interface LocalBudgetStore extends BudgetStore {
  forget(account: string): void;
}

export interface AccountParts {
  /** Name of the account, free of secrets. */
  readonly name: string;
  /** Unique over all replicas and starts of a process. */
  readonly replica: string;
  readonly clock: Clock;
  readonly observer: () => BudgetObserver;
  readonly local: LocalBudgetStore;
  readonly shared: SharedBudgetStore | undefined;
  /** The configured number of replicas. */
  readonly replicas: number;
}
