import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Secret } from '../../config/secrets/secret.js';
import { connectRedis, firstConnection } from '../../store/state/redis.connection.js';
import type { RedisNode } from '../../store/state/redis.nodes.js';
import { RedisScript } from '../../store/state/redis.script.js';
import { needsNewConnection } from '../../store/state/redis.refusal.js';
import { LateReplyError, timelyReply } from '../../store/state/timely.reply.js';
import { budgetScript } from './budget.script.js';
import type { StepInput } from './model/budget.model.js';

/** A connection whose other end has vanished fails only after minutes, one to a replica never: so many failures in a row replace it. */
const FAILURES_MAX = 4;

const SCRIPT = new RedisScript(budgetScript());

export interface AccountStep extends StepInput {
  readonly account: string;
}

/** One server with the state of accounts: all of them, or those of its part of a cluster. */
export class RedisBudgetNode implements RedisNode {
  readonly redis: Redis;
  readonly #log = new Logger('Budget');
  /** Identity of the server process at the other end of the connection; the first connection is waited for. */
  #server: Promise<string | undefined>;
  #failures = 0;
  #isAway = false;

  constructor(
    readonly url: Secret,
    private readonly replyMs: number,
  ) {
    this.redis = connectRedis(url, 'tollgate-budget');
    this.#server = firstConnection(this.redis).then(() =>
      this.redis.status === 'ready' ? this.#identity() : undefined,
    );
    this.redis.on('ready', () => {
      this.#server = this.#identity();
    });
    // Without a listener an error of the connection would end the process. Steps report it.
    this.redis.on('error', () => undefined);
  }

  /** A step without a reply may have happened. Repeated with its id, it changes nothing. */
  async timely(step: () => Promise<unknown>): Promise<unknown> {
    try {
      const reply = await this.#once(step).catch((error: unknown) => {
        if (!(error instanceof LateReplyError)) throw error;
        return this.#once(step);
      });
      this.#back();
      return reply;
    } catch (error) {
      this.#away(error);
      throw error;
    }
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

  async #once(step: () => Promise<unknown>): Promise<unknown> {
    try {
      const reply = await timelyReply(step(), this.replyMs);
      this.#failures = 0;
      return reply;
    } catch (error) {
      if (needsNewConnection(error)) this.#renewAfterFailures();
      throw error;
    }
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

  /** Logged once until it replies again. The error is not logged: that of a refused login holds the password. */
  #away(error: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#log.warn(
      `Redis does not reply (${reasonOf(error)}); each replica uses its share of a rate until it is back`,
    );
  }

  #back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#log.log('Redis replies again');
  }
}

/** Code of a failed connection, first word of an error reply (`READONLY`, `OOM`), or the name of the error. */
function reasonOf(error: unknown): string {
  const { code, name, message } = error as Partial<Record<'code' | 'name' | 'message', string>>;
  return (name === 'ReplyError' ? message?.split(' ', 1)[0] : code) ?? String(name);
}
