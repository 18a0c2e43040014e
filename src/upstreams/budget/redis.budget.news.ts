import type { Redis } from 'ioredis';
import type { Secret } from '../../config/secrets/secret.js';
import { connectRedis } from '../../store/state/redis.connection.js';
import type { BudgetResult } from './budget.protocol.js';
import { KEY_PREFIX } from './budget.script.js';
import type { BudgetNews } from './upstream.budgets.js';

/** To every replica: the name of an account whose gate one of them opened. */
const GATES = `${KEY_PREFIX}gates`;

/**
 * What other replicas' steps decide for this one, on a connection of its own: to any node of a cluster, since each gets all
 * messages. A lost message costs the time until the next beat.
 */
export class RedisBudgetNews {
  #redis: Redis;

  /** @param urlOf a server that replies now, as far as is known */
  constructor(
    private readonly urlOf: () => Secret,
    private readonly replica: string,
    private readonly news: BudgetNews,
  ) {
    this.#redis = this.#connected();
  }

  close(): void {
    this.#redis.disconnect();
  }

  #connected(): Redis {
    const url = this.urlOf();
    const redis = connectRedis(url, 'tollgate-budget-news');
    redis.on('error', () => undefined);
    redis.on('ready', () => {
      redis.subscribe(`${KEY_PREFIX}${this.replica}`, GATES).then(
        () => this.news.reconnected(),
        () => redis.disconnect(true),
      );
    });
    redis.on('reconnecting', () => {
      if (this.urlOf() === url) return;
      redis.disconnect();
      this.#redis = this.#connected();
    });
    redis.on('message', (channel: string, message: string) => this.#receive(channel, message));
    return redis;
  }

  #receive(channel: string, message: string): void {
    if (channel === GATES) return this.news.opened(message);
    const { account, results } = JSON.parse(message) as { account: string; results: BudgetResult[] };
    this.news.decided(account, results);
  }
}
