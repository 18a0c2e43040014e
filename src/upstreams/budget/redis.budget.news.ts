import type { Redis } from 'ioredis';
import type { Secret } from '../../config/secrets/secret.js';
import { connectRedis } from '../../store/state/redis.connection.js';
import type { BudgetResult } from './budget.protocol.js';
import { KEY_PREFIX } from './budget.script.js';
import type { BudgetNews } from './upstream.budgets.js';

/** To every replica: the name of an account whose gate one of them opened. */
const GATES = `${KEY_PREFIX}gates`;

/**
 * What other replicas' steps decide for this one, on a connection of its own. A lost message costs the time until the
 * next beat.
 */
export class RedisBudgetNews {
  readonly #redis: Redis;

  constructor(url: Secret, replica: string, news: BudgetNews) {
    this.#redis = connectRedis(url, 'tollgate-budget-news');
    const own = `${KEY_PREFIX}${replica}`;
    this.#redis.on('error', () => undefined);
    this.#redis.on('ready', () => {
      this.#redis.subscribe(own, GATES).then(
        () => news.reconnected(),
        () => this.#redis.disconnect(true),
      );
    });
    this.#redis.on('message', (channel: string, message: string) => {
      if (channel === GATES) return news.opened(message);
      const { account, results } = JSON.parse(message) as { account: string; results: BudgetResult[] };
      news.decided(account, results);
    });
  }

  close(): void {
    this.#redis.disconnect();
  }
}
