import { Module } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { Environment } from '../../config/environment/environment.js';
import type { Secret } from '../../config/secrets/secret.js';
import { BudgetMonitor } from './metrics/budget.monitor.js';
import { MemoryBudgetStore } from './memory.budget.store.js';
import { RedisBudgetNews } from './redis.budget.news.js';
import { RedisBudgetStore } from './redis.budget.store.js';
import { type BudgetNews, type SharedBudgets, UpstreamBudgets } from './upstream.budgets.js';

/** Budgets shared through Redis at `REDIS_URL`, or counted in this process. */
@Module({
  providers: [
    BudgetMonitor,
    {
      provide: UpstreamBudgets,
      inject: [Environment, Clock],
      useFactory: ({ redisUrl, replicas }: Environment, clock: Clock) => {
        const local = new MemoryBudgetStore(clock);
        return new UpstreamBudgets({
          clock,
          local,
          replicas,
          ...(redisUrl && { shared: sharedAt(redisUrl, clock) }),
        });
      },
    },
  ],
  exports: [UpstreamBudgets, BudgetMonitor],
})
export class BudgetModule {}

/** Two connections: a subscriber's takes no other commands. */
export function sharedAt(url: Secret, clock: Clock): (replica: string, news: BudgetNews) => SharedBudgets {
  return (replica, news) => {
    const store = new RedisBudgetStore(url, clock);
    const messages = new RedisBudgetNews(() => store.readyUrl, replica, news);
    return {
      store,
      close: () => {
        messages.close();
        store.close();
      },
    };
  };
}
