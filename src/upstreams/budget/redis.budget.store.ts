import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Secret } from '../../config/secrets/secret.js';
import { CONNECT_TIMEOUT_MS, connectRedis } from '../../store/state/redis.connection.js';
import { LateReplyError, timelyReply } from '../../store/state/timely.reply.js';
import type { BudgetReply, BudgetStep, StepContext } from './budget.protocol.js';
import { budgetScript, keyOf } from './budget.script.js';
import { type BudgetAccount, type BudgetStore, StoreAwayError } from './budget.store.js';

/** A step takes less than 1 ms in the same network. Twice this time without a reply, and each replica counts by itself. */
const REPLY_MS = 150;

/** A connection whose other end has vanished fails only after minutes; so many late replies in a row replace it. */
const SILENCES_MAX = 4;

const SCRIPT = budgetScript();

const SHA = createHash('sha1').update(SCRIPT).digest('hex');

/** The state of accounts in Redis, shared by all replicas. Only the time of Redis counts. */
export class RedisBudgetStore implements BudgetStore {
  readonly #log = new Logger('Budget');
  readonly #redis: Redis;
  /** Identity of the server process at the other end of the connection; the first connection is waited for. */
  #server: Promise<string | undefined>;
  #silences = 0;
  #isAway = false;

  constructor(
    url: Secret,
    private readonly replyMs = REPLY_MS,
  ) {
    this.#redis = connectRedis(url, 'tollgate-budget');
    const decided = new Promise<void>((resolve) =>
      this.#redis.once('ready', resolve).once('error', () => resolve()),
    );
    this.#server = Promise.race([decided, sleep(CONNECT_TIMEOUT_MS, undefined, { ref: false })]).then(() =>
      this.#redis.status === 'ready' ? this.#identity() : undefined,
    );
    this.#redis.on('ready', () => {
      this.#server = this.#identity();
    });
    // Without a listener an error of the connection would end the process. Steps report it.
    this.#redis.on('error', () => undefined);
  }

  async step({ name, limits }: BudgetAccount, context: StepContext, step: BudgetStep): Promise<BudgetReply> {
    try {
      const server = await this.#server;
      const input = JSON.stringify({ account: name, limits, context: { ...context, server }, step });
      const reply = await this.#repeated(keyOf(name), input);
      this.#back();
      return parsed(reply);
    } catch (error) {
      this.#away(error);
      throw new StoreAwayError({ cause: error });
    }
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** A step without a reply may have happened. Repeated with its id, it changes nothing. */
  async #repeated(key: string, input: string): Promise<unknown> {
    try {
      return await this.#run(key, input);
    } catch (error) {
      if (!(error instanceof LateReplyError)) throw error;
      return this.#run(key, input);
    }
  }

  async #run(key: string, input: string): Promise<unknown> {
    try {
      const reply = await timelyReply(this.#evaluated(key, input), this.replyMs);
      this.#silences = 0;
      return reply;
    } catch (error) {
      if (error instanceof LateReplyError) this.#renewAfterSilence();
      throw error;
    }
  }

  /** A server that was restarted, or took over, does not have the script yet. */
  async #evaluated(key: string, input: string): Promise<unknown> {
    try {
      return await this.#redis.evalsha(SHA, 1, key, input);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#redis.eval(SCRIPT, 1, key, input);
    }
  }

  /** A server that was restarted, or another that took over, may have lost writes. */
  async #identity(): Promise<string | undefined> {
    try {
      const info = await timelyReply(this.#redis.info('server'), this.replyMs);
      return /^run_id:(\w+)/m.exec(info)?.[1];
    } catch {
      return undefined;
    }
  }

  #renewAfterSilence(): void {
    this.#silences += 1;
    if (this.#silences < SILENCES_MAX) return;
    this.#silences = 0;
    this.#redis.disconnect(true);
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

/** An empty list is an empty object in the JSON of Lua. */
function parsed(reply: unknown): BudgetReply {
  const { results, others, unknown, ...rest } = JSON.parse(String(reply)) as BudgetReply;
  return { ...rest, results: listed(results), others: listed(others), unknown: listed(unknown) };
}

function listed<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list) ? list : [];
}
