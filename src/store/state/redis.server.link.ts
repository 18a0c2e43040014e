import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Clock } from '../../config/clock.js';
import { storeAddressOf } from '../../config/environment/store.address.js';
import type { Secret } from '../../config/secrets/secret.js';
import { StartRefusedError } from '../../config/errors/start.refused.error.js';
import { connectRedis, firstConnection, soon } from './redis.connection.js';
import type { RedisNode } from './redis.nodes.js';
import { type RedisTrouble, troubleOfRedis } from './redis.refusal.js';
import { timelyReply } from './timely.reply.js';

/**
 * No request waits longer for Redis: one in the same network responds in under 1 ms, and an exact count is worth
 * less than a late response. Together with the pause below, a Redis that hangs delays one request in a second.
 */
const COMMAND_TIMEOUT_MS = 40;
const PAUSE_MS = 1_000;

/** A connection whose other end has vanished fails only after minutes; so many timeouts in a row replace it. */
const SILENCES_MAX = 3;

/** Why a connection that has no error does not respond. */
const CLOSED = { name: 'MaxRetriesPerRequestError' };

/** How often an outage is logged again. */
const REMINDER_MS = 30_000;

/** A connection to one server that is used only while it responds. */
export class RedisServerLink implements RedisNode {
  readonly redis: Redis;
  readonly #log = new Logger('Redis');
  readonly #server: string;
  #pausedUntilMs = 0;
  #outage: Outage | undefined;
  #refusal: RedisTrouble | undefined;
  #isStarting = true;
  #silences = 0;
  #lastError: unknown;

  /** @param isOneOfMany other servers do the work of one that is not asked, so that only an ask that fails is an outage */
  constructor(
    url: Secret,
    private readonly clock: Clock,
    private readonly commandTimeoutMs = COMMAND_TIMEOUT_MS,
    private readonly isOneOfMany: () => boolean = () => false,
  ) {
    this.#server = storeAddressOf(url).server;
    this.redis = connectRedis(url, 'tollgate');
    this.redis.on('error', (error: unknown) => {
      this.#lastError = error;
      if (!this.isOneOfMany()) this.#down(error);
    });
    this.redis.on('ready', () => this.#up());
  }

  /**
   * Resolves once the first connection is ready or has failed, after twice `CONNECT_TIMEOUT_MS` at the latest.
   * @throws StartRefusedError when Redis is there and refuses the login, the database or the scripts
   */
  async firstConnection(): Promise<void> {
    await firstConnection(this.redis);
    // A user without the right to scripts could count nothing.
    if (this.redis.status === 'ready') {
      await soon(this.redis.eval('return 1', 0).catch((error: unknown) => this.#down(error)));
    }
    this.#isStarting = false;
    if (!this.#refusal) return;
    const { reason, remedy } = this.#refusal;
    throw new StartRefusedError(`REDIS_URL: ${this.#server} ${reason}. ${remedy}`);
  }

  /** Whether commands reach it. */
  get status(): 'ready' | 'unreachable' {
    return this.redis.status === 'ready' && !this.#outage ? 'ready' : 'unreachable';
  }

  /** The result of the command, or undefined when Redis is not there or not in time. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.redis.status !== 'ready') {
      if (this.isOneOfMany()) this.#down(this.#lastError ?? CLOSED);
      return undefined;
    }
    if (this.clock.monotonicMs() < this.#pausedUntilMs) return undefined;
    try {
      const result = await timelyReply(command(this.redis), this.commandTimeoutMs);
      this.#silences = 0;
      this.#up();
      return result;
    } catch (error) {
      this.#pausedUntilMs = this.clock.monotonicMs() + PAUSE_MS;
      this.#down(error);
      this.#renewAfterSilence();
      return undefined;
    }
  }

  close(): void {
    this.redis.disconnect();
  }

  #renewAfterSilence(): void {
    this.#silences += 1;
    if (this.#silences < SILENCES_MAX) return;
    this.#silences = 0;
    this.redis.disconnect(true);
  }

  /** Logged once for each reason, and again while it lasts. */
  #down(error: unknown): void {
    const trouble = troubleOfRedis(error);
    if (trouble.remedy !== undefined) this.#refusal ??= trouble;
    // It ends the start, which reports it.
    if (this.#isStarting && this.#refusal && !this.isOneOfMany()) return;
    const now = this.clock.monotonicMs();
    const known = this.#outage;
    if (known?.reason === trouble.reason && now - known.loggedAtMs < REMINDER_MS) return;
    const sinceMs = known?.sinceMs ?? now;
    this.#outage = { reason: trouble.reason, sinceMs, loggedAtMs: now };
    const duration = known ? ` for ${Math.round((now - sinceMs) / 1_000)} s` : '';
    const check = trouble.check === undefined ? '' : ` ${trouble.check};`;
    const line = `REDIS_URL: ${this.#server} ${trouble.reason};${check} counting in this process${duration} until it is back`;
    if (trouble.remedy === undefined) this.#log.warn(line);
    else this.#log.error(`${line}. ${trouble.remedy}`);
  }

  #up(): void {
    if (!this.#outage) return;
    this.#outage = undefined;
    this.#log.log('responds again');
  }
}

interface Outage {
  readonly reason: string;
  readonly sinceMs: number;
  readonly loggedAtMs: number;
}
