import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../../src/config/clock.js';
import { Secret } from '../../src/config/secrets/secret.js';
import { sharedAt } from '../../src/upstreams/budget/budget.module.js';
import { type AccountBudget, BudgetRefusedError } from '../../src/upstreams/budget/budget.types.js';
import { MemoryBudgetStore } from '../../src/upstreams/budget/memory.budget.store.js';
import { UpstreamBudgets } from '../../src/upstreams/budget/upstream.budgets.js';
import { IMPORT2_TOKEN } from '../../test/chaos/processes/simulator.process.js';
import type { BenchWorld } from '../support/bench.world.js';

/** As in the gateways: the defaults of the settings. */
const LIMITS = { rate: { calls: 10, windowMs: 1_000 }, places: 16, attemptMs: 20_000 };

/** Far more than the account takes. */
const CALLS_AT_ONCE = 40;

const WAIT_MS = 10_000;

const PAUSE_MS_MAX = 500;

/** A further replica, in this process, that has nothing but background calls and always more of them. */
export class BackgroundFlood {
  readonly #budgets: UpstreamBudgets;
  readonly #budget: AccountBudget;
  readonly #calls: Promise<void>[];
  #isOver = false;
  served = 0;

  constructor({ redis, simulators }: Pick<BenchWorld, 'redis' | 'simulators'>, account: string) {
    const clock = new Clock();
    const shared = sharedAt(new Secret(redis.url), clock);
    this.#budgets = new UpstreamBudgets({ clock, local: new MemoryBudgetStore(clock), shared, replicas: 2 });
    this.#budget = this.#budgets.of(account, LIMITS);
    const url = `${simulators.urls.import2}/api/v2.1/tools`;
    this.#calls = Array.from({ length: CALLS_AT_ONCE }, () => this.#insist(url));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#calls);
    await this.#budgets.onApplicationShutdown();
  }

  async #insist(url: string): Promise<void> {
    while (!this.#isOver) {
      await this.#call(url).catch(async (error: unknown) => {
        if (!(error instanceof BudgetRefusedError)) throw error;
        await sleep(Math.min(Math.max(error.retryAfterMs, 10), PAUSE_MS_MAX));
      });
    }
  }

  async #call(url: string): Promise<void> {
    const grant = await this.#budget.acquire({
      caller: 'tollgate',
      weight: 1,
      callClass: 'background',
      operation: 'tools_list',
      waitMs: WAIT_MS,
    });
    try {
      const credential = Buffer.from(`${IMPORT2_TOKEN}:X`).toString('base64');
      const response = await fetch(url, { headers: { authorization: `Basic ${credential}` } });
      grant.head();
      await response.arrayBuffer();
      grant.outcome({ kind: 'complete' });
      this.served += 1;
    } finally {
      grant.release();
    }
  }
}
