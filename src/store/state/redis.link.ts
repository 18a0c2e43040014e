import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../config/clock.js';
import type { Secret } from '../../config/secret.js';
import { CONNECT_TIMEOUT_MS, connectRedis } from './redis.connection.js';
import { timelyReply } from './timely.reply.js';

/**
 * No request waits longer for Redis: one in the same network responds in under 1 ms, and an exact count is worth
 * less than a late response. Together with the pause below, a Redis that hangs delays one request in a second.
 */
const COMMAND_TIMEOUT_MS = 40;
const PAUSE_MS = 1_000;

/** A connection whose other end has vanished fails only after minutes; so many timeouts in a row replace it. */
const SILENCES_MAX = 3;

/** A connection to Redis that is used only while it responds. */
export class RedisLink {
  readonly #log = new Logger('Redis');
  readonly #redis: Redis;
  #pausedUntilMs = 0;
  #isDown = false;
  #silences = 0;
  readonly #first: Promise<void>;

  constructor(
    url: Secret,
    private readonly clock: Clock,
    private readonly commandTimeoutMs = COMMAND_TIMEOUT_MS,
  ) {
    this.#redis = connectRedis(url, 'tollgate');
    this.#redis.on('error', (error: unknown) => this.#down(error));
    this.#first = new Promise((resolve) => this.#redis.once('ready', resolve).once('error', () => resolve()));
    this.#redis.on('ready', () => this.#up());
  }

  /** Resolves once the first connection is ready or has failed, after `CONNECT_TIMEOUT_MS` at the latest. */
  async firstConnection(): Promise<void> {
    await Promise.race([this.#first, sleep(CONNECT_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** The result of the command, or undefined when Redis is not there or not in time. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.#redis.status !== 'ready' || this.clock.monotonicMs() < this.#pausedUntilMs) return undefined;
    try {
      const result = await timelyReply(command(this.#redis), this.commandTimeoutMs);
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
    this.#redis.disconnect();
  }

  #renewAfterSilence(): void {
    this.#silences += 1;
    if (this.#silences < SILENCES_MAX) return;
    this.#silences = 0;
    this.#redis.disconnect(true);
  }

  /** Logged once until it responds again. The error is not logged: that of a refused login holds the password. */
  #down(error: unknown): void {
    if (this.#isDown) return;
    this.#isDown = true;
    const { code, name } = error as { code?: unknown; name?: unknown };
    this.#log.warn(`no response (${String(code ?? name)}); counting in this process until it is back`);
  }

  #up(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#log.log('responds again');
  }
}
