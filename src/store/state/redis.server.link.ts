import type { Redis } from 'ioredis';
import type { Clock } from '../../config/clock.js';
import { storeAddressOf } from '../../config/environment/store.address.js';
import type { Secret } from '../../config/secrets/secret.js';
import { StartRefusedError } from '../../config/errors/start.refused.error.js';
import { connectRedis, firstConnection, soon } from './redis.connection.js';
import type { RedisNode } from './redis.nodes.js';
import { type OutageEffect, RedisOutage } from './redis.outage.js';
import { CLOSED_CONNECTION, needsNewConnection, type RedisFailure, failureOfRedis } from './redis.failure.js';
import { timelyReply } from './timely.reply.js';

/**
 * No request waits longer for Redis: one in the same network responds in under 1 ms, and an exact count is worth
 * less than a late response. Together with the pause below, a Redis that hangs delays one request in a second.
 */
const COMMAND_TIMEOUT_MS = 40;
const PAUSE_MS = 1_000;

/** A connection whose other end has vanished fails only after minutes, one to a replica never: so many failures in a row replace it. */
const FAILURES_MAX = 3;

const EFFECT: OutageEffect = {
  context: 'Redis',
  meanwhile:
    'this process counts the requests of callers by itself: a caller may use its limit once at each replica, and no request fails for it',
  afterwards: 'the requests of callers are counted over all replicas again',
};

/** Beginnings of the keys and channels that a user needs. */
const OWN = { key: 'tollgate:quota:', channel: 'tollgate:budget:' } as const;

/** A connection to one server that is used only while it responds. */
export class RedisServerLink implements RedisNode {
  readonly redis: Redis;
  readonly #server: string;
  readonly #outage: RedisOutage;
  #failedMs = -Infinity;
  #refusal: RedisFailure | undefined;
  #isStarting = true;
  #failures = 0;
  /** Of the connection. */
  #failure = CLOSED_CONNECTION;

  /** @param isOneOfMany other servers do the work of one that is not asked, so that only an ask that fails is an outage */
  constructor(
    url: Secret,
    private readonly clock: Clock,
    private readonly commandTimeoutMs = COMMAND_TIMEOUT_MS,
    private readonly isOneOfMany: () => boolean = () => false,
  ) {
    this.#server = storeAddressOf(url).server;
    this.#outage = new RedisOutage(this.#server, clock, EFFECT);
    this.redis = connectRedis(url, 'tollgate');
    this.redis.on('error', (error: unknown) => {
      this.#failure = failureOfRedis(error);
      if (!this.isOneOfMany()) this.#away(this.#failure, true);
    });
    this.redis.on('ready', () => this.#outage.connected());
  }

  /**
   * Resolves once the first connection is ready or has failed, after twice `CONNECT_TIMEOUT_MS` at the latest.
   * @throws StartRefusedError when Redis is there and refuses the login, the database or the scripts
   */
  async firstConnection(): Promise<void> {
    await firstConnection(this.redis);
    if (this.redis.status === 'ready') await soon(this.#checkRights());
    this.#isStarting = false;
    if (!this.#refusal) return;
    const { reason, remedy } = this.#refusal;
    throw new StartRefusedError(`REDIS_URL: ${this.#server} ${reason}. ${remedy}`);
  }

  /** Whether commands reach it. */
  get status(): 'ready' | 'unreachable' {
    return this.redis.status === 'ready' && !this.#outage.isOn ? 'ready' : 'unreachable';
  }

  /** The result of the command, or undefined when Redis is not there or not in time. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.redis.status !== 'ready') {
      if (this.isOneOfMany()) this.#away(this.#failure, true);
      return undefined;
    }
    if (this.#isPaused) return undefined;
    try {
      const result = await timelyReply(this.#heard(command(this.redis)), this.commandTimeoutMs);
      this.#outage.replied();
      return result;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  close(): void {
    this.redis.disconnect();
  }

  /** A user without the right to scripts, keys or channels could count nothing. By default one that is made in Redis 7 has no channels. */
  async #checkRights(): Promise<void> {
    const failed = (error: unknown) => this.#away(failureOfRedis(error), false);
    // A node of a cluster redirects a key of another one.
    const refused = (error: unknown) => {
      if (failureOfRedis(error).remedy !== undefined) failed(error);
    };
    await Promise.all([
      this.redis.eval('return 1', 0).catch(failed),
      this.redis.get(`${OWN.key}start`).catch(refused),
      this.redis.publish(`${OWN.channel}start`, '').catch(refused),
    ]);
  }

  /** A late reply is none in time, and a sign of life: a new connection would be as slow. */
  async #heard<T>(reply: Promise<T>): Promise<T> {
    const result = await reply;
    this.#failures = 0;
    return result;
  }

  #failed(error: unknown): void {
    // Commands that were sent together are one failure.
    const isFirst = !this.#isPaused;
    this.#failedMs = this.clock.monotonicMs();
    const failure = failureOfRedis(error);
    this.#away(failure, failure === CLOSED_CONNECTION);
    if (!isFirst || !needsNewConnection(error)) return;
    this.#failures += 1;
    if (this.#failures < FAILURES_MAX) return;
    this.#failures = 0;
    this.redis.disconnect(true);
  }

  get #isPaused(): boolean {
    return this.clock.monotonicMs() < this.#failedMs + PAUSE_MS;
  }

  #away(failure: RedisFailure, isOfConnection: boolean): void {
    if (failure.remedy !== undefined) this.#refusal ??= failure;
    // It ends the start, which reports it.
    if (this.#isStarting && this.#refusal && !this.isOneOfMany()) return;
    this.#outage.failed(failure, isOfConnection);
  }
}
