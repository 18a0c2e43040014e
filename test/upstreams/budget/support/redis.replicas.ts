import { Clock } from '../../../../src/config/clock.js';
import { Secret } from '../../../../src/config/secrets/secret.js';
import { sharedAt } from '../../../../src/upstreams/budget/budget.module.js';
import {
  BudgetRefusedError,
  type AccountBudget,
  type BudgetLimits,
  type Grant,
} from '../../../../src/upstreams/budget/budget.types.js';
import { MemoryBudgetStore } from '../../../../src/upstreams/budget/memory.budget.store.js';
import { UpstreamBudgets } from '../../../../src/upstreams/budget/upstream.budgets.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CountingVendor } from './counting.vendor.js';

/** The budgets of one replica, with connections of its own. */
export function redisReplica(url: string, replicas: number): UpstreamBudgets {
  const clock = new Clock();
  return new UpstreamBudgets({
    clock,
    local: new MemoryBudgetStore(clock),
    replicas,
    shared: sharedAt(new Secret(url), clock),
  });
}

/** Callers of one replica that call the vendor again and again, until `stop`. */
export class ReplicaLoad {
  readonly budget: AccountBudget;
  served = 0;
  refused = 0;
  #isStopped = false;
  readonly #callers: Promise<void>[] = [];

  constructor(
    budgets: UpstreamBudgets,
    private readonly vendor: CountingVendor,
    account: string,
    limits: BudgetLimits,
  ) {
    this.budget = budgets.of(account, limits);
  }

  start(callers: number): this {
    for (let each = 0; each < callers; each += 1) this.#callers.push(this.#callOn(`caller${each}`));
    return this;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#callers);
  }

  async #callOn(caller: string): Promise<void> {
    while (!this.#isStopped) {
      try {
        const grant = await this.budget.acquire({
          caller,
          weight: 1,
          callClass: 'interactive',
          operation: `${caller}_get`,
          waitMs: 4_000,
        });
        await this.#call(grant);
        this.served += 1;
      } catch (error) {
        if (!(error instanceof BudgetRefusedError)) throw error;
        this.refused += 1;
        await sleep(Math.min(error.retryAfterMs, 100));
      }
    }
  }

  /** As the transport does: the grant is checked just before the request leaves. */
  async #call(grant: Grant): Promise<void> {
    await sleep(Math.random() * 30);
    if (!grant.maySend()) {
      grant.outcome({ kind: 'unsent' });
      grant.release();
      return;
    }
    await this.vendor.call(Math.random() * 30);
    grant.head();
    grant.outcome({ kind: 'complete' });
    grant.release();
  }
}
