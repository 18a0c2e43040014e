import type { OnApplicationShutdown } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../config/clock.js';
import { VendorAccountBudget } from './account.budget.js';
import { type BudgetObserver, NO_OBSERVER } from './budget.observer.js';
import type { BudgetResult } from './budget.protocol.js';
import type { LocalBudgetStore, SharedBudgetStore } from './budget.store.js';
import type { AccountBudget, BudgetLimits, BudgetSnapshot } from './budget.types.js';

/** What a replica learns from the shared store without asking. */
export interface BudgetNews {
  /** Another replica's step decided calls of this one. */
  decided(account: string, results: readonly BudgetResult[]): void;
  /** Another replica opened the gate of an account. */
  opened(account: string): void;
  /** Messages may have been lost. */
  reconnected(): void;
}

/** The connections of one replica to the store that all share. */
export interface SharedBudgets {
  readonly store: SharedBudgetStore;
  close(): void;
}

export interface BudgetsParts {
  readonly clock: Clock;
  readonly local: LocalBudgetStore;
  /** Without it every budget is counted in this process. */
  readonly shared?: (replica: string, news: BudgetNews) => SharedBudgets;
  /** The configured number of replicas. */
  readonly replicas: number;
}

/** The budgets of this process, one for each vendor account however many tenants use it. */
export class UpstreamBudgets implements OnApplicationShutdown {
  readonly #budgets = new Map<string, VendorAccountBudget>();
  readonly #replica = randomBytes(8).toString('hex');
  readonly #shared: SharedBudgets | undefined;
  #observer: BudgetObserver = NO_OBSERVER;

  constructor(private readonly parts: BudgetsParts) {
    this.#shared = parts.shared?.(this.#replica, {
      decided: (account, results) => this.#budgets.get(account)?.receive(results),
      opened: (account) => this.#budgets.get(account)?.refresh(),
      reconnected: () => {
        for (const budget of this.#budgets.values()) budget.refresh();
      },
    });
  }

  /**
   * The budget of an account, made at its first use.
   * @param account its name from `vendor.account.ts`, free of secrets
   * @param limits replace those of an earlier call, so that a reload of the settings changes them at once
   */
  of(account: string, limits: BudgetLimits): AccountBudget {
    const known = this.#budgets.get(account);
    if (known) {
      known.update(limits);
      return known;
    }
    const { clock, local, replicas } = this.parts;
    const budget = new VendorAccountBudget(
      {
        name: account,
        replica: this.#replica,
        clock,
        observer: () => this.#observer,
        local,
        shared: this.#shared?.store,
        replicas,
      },
      limits,
    );
    this.#budgets.set(account, budget);
    return budget;
  }

  /** State of every account that was used, as this replica knows it. */
  snapshots(): BudgetSnapshot[] {
    return [...this.#budgets.values()].map((budget) => budget.snapshot());
  }

  observe(observer: BudgetObserver): void {
    this.#observer = observer;
  }

  /** After the last request: the other replicas need not wait until this one is missed. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#budgets.values()].map((budget) => budget.close()));
    this.#shared?.close();
  }
}
