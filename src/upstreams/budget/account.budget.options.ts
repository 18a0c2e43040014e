import type { Clock } from '../../config/clock.js';
import type { BudgetObserver } from './budget.observer.js';
import type { LocalBudgetStore, SharedBudgetStore } from './budget.store.js';

export interface AccountBudgetOptions {
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
