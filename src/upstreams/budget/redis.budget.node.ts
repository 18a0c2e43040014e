import type { Redis } from 'ioredis';
import type { Clock } from '../../config/clock.js';
import { storeAddressOf } from '../../config/environment/store.address.js';
import type { Secret } from '../../config/secrets/secret.js';
import { connectRedis, firstConnection } from '../../store/state/redis.connection.js';
import type { RedisNode } from '../../store/state/redis.nodes.js';
import { RedisScript } from '../../store/state/redis.script.js';
import { type OutageEffect, RedisOutage } from '../../store/state/redis.outage.js';
import { CLOSED_CONNECTION, needsNewConnection, failureOfRedis } from '../../store/state/redis.failure.js';
import { LateReplyError, timelyReply } from '../../store/state/timely.reply.js';
import { budgetScript } from './budget.script.js';
import type { StepInput } from './model/budget.model.js';

/** A connection whose other end has vanished fails only after minutes, one to a replica never: so many failures in a row replace it. */
const FAILURES_MAX = 4;

const SCRIPT = new RedisScript(budgetScript());

const EFFECT: OutageEffect = {
  context: 'Budget',
  meanwhile:
    "this process keeps to its share of each vendor's limits (REPLICAS): what does not fit waits, or is refused with 503 upstream-throttled",
  afterwards: "vendors' limits are counted over all replicas again",
};

export interface AccountStep extends StepInput {
  readonly account: string;
}

/** One server with the state of accounts: all of them, or those of its part of a cluster. */
export class RedisBudgetNode implements RedisNode {
  readonly redis: Redis;
  /** Identity of the server process at the other end of the connection; the first connection is waited for. */
  #server: Promise<string | undefined>;
  readonly #outage: RedisOutage;
  #failures = 0;
  #nextConnection: Promise<boolean> | undefined;

  constructor(
    readonly url: Secret,
    private readonly replyMs: number,
    clock: Clock,
  ) {
    this.#outage = new RedisOutage(storeAddressOf(url).server, clock, EFFECT);
    this.redis = connectRedis(url, 'tollgate-budget');
    this.#server = firstConnection(this.redis).then(() =>
      this.redis.status === 'ready' ? this.#identity() : undefined,
    );
    this.redis.on('ready', () => {
      this.#server = this.#identity();
      this.#outage.connected();
    });
    // Without a listener it would end the process. A connection that no step needs is no outage.
    this.redis.on('error', (error: unknown) => {
      if (this.#outage.isOn) this.#outage.failed(failureOfRedis(error), true);
    });
  }

  /** A step without a reply may have happened. Repeated with its id, it changes nothing. */
  async timely(step: () => Promise<unknown>): Promise<unknown> {
    try {
      const reply = await this.once(step).catch(async (error: unknown) => {
        if (!(error instanceof LateReplyError) && !(await this.#isConnectedAgain(error))) throw error;
        return this.once(step);
      });
      this.#outage.replied();
      return reply;
    } catch (error) {
      const failure = failureOfRedis(error);
      this.#outage.failed(failure, failure === CLOSED_CONNECTION);
      throw error;
    }
  }

  /** One attempt. Whether it succeeds says nothing about whether the replica counts here. */
  async once(step: () => Promise<unknown>): Promise<unknown> {
    try {
      return await timelyReply(this.#heard(step()), this.replyMs);
    } catch (error) {
      if (needsNewConnection(error)) this.#renewAfterFailures();
      throw error;
    }
  }

  /** In time, at the first attempt. It is neither away nor back by that: a server that replies may refuse every step. */
  async responds(): Promise<boolean> {
    return this.once(() => this.redis.ping()).then(
      () => true,
      () => false,
    );
  }

  /** @param inputOf the step, for the server with this identity */
  async evaluate(
    key: string,
    inputOf: (server: string | undefined) => AccountStep,
    isAsking: boolean,
  ): Promise<unknown> {
    const input = inputOf(await this.#server);
    return SCRIPT.run(this.redis, [key], [JSON.stringify(input)], isAsking);
  }

  close(): void {
    this.redis.disconnect();
  }

  /** A connection that was cut is no outage if the next one is ready by when a late reply would be one: a proxy was restarted, for example. */
  async #isConnectedAgain(error: unknown): Promise<boolean> {
    if (failureOfRedis(error) !== CLOSED_CONNECTION || this.#outage.isOn) return false;
    if (this.redis.status === 'ready') return true;
    if (this.redis.status === 'end') return false;
    this.#nextConnection ??= new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.redis.off('ready', end);
        this.#nextConnection = undefined;
        resolve(this.redis.status === 'ready');
      };
      const timer = setTimeout(end, 2 * this.replyMs);
      this.redis.once('ready', end);
    });
    return this.#nextConnection;
  }

  /** A late reply is none in time, and a sign of life: a new connection would be as slow. */
  async #heard(reply: Promise<unknown>): Promise<unknown> {
    const result = await reply;
    this.#failures = 0;
    return result;
  }

  /** A server that was restarted, or another that took over, may have lost writes. */
  async #identity(): Promise<string | undefined> {
    try {
      const info = await timelyReply(this.redis.info('server'), this.replyMs);
      return /^run_id:(\w+)/m.exec(info)?.[1];
    } catch {
      return undefined;
    }
  }

  #renewAfterFailures(): void {
    this.#failures += 1;
    if (this.#failures < FAILURES_MAX) return;
    this.#failures = 0;
    this.redis.disconnect(true);
  }
}
