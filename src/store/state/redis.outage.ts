import { Logger } from '@nestjs/common';
import type { Clock } from '../../config/clock.js';
import { CLOSED_CONNECTION, type RedisFailure } from './redis.failure.js';

/** How often an outage is logged again. */
const REMINDER_MS = 30_000;

/** An outage of commands is over when none has failed for so long: a slow Redis is in time now and then. */
const CALM_MS = 5_000;

/** The time in which a server is of no use, and its log: a line for each reason, again while it lasts, and at the end. */
export class RedisOutage {
  readonly #log: Logger;
  readonly #reasons = new Set<string>();
  #isOfConnection = false;
  #sinceMs = 0;
  #failedMs = 0;
  #loggedMs = 0;

  /** @param effect what it means until Redis is back, and afterwards */
  constructor(
    private readonly server: string,
    private readonly clock: Clock,
    private readonly effect: OutageEffect,
  ) {
    this.#log = new Logger(effect.context);
  }

  get isOn(): boolean {
    return this.#reasons.size > 0;
  }

  /** @param isOfConnection there is none; otherwise a command has failed on one that is open */
  failed(failure: RedisFailure, isOfConnection: boolean): void {
    const now = this.clock.monotonicMs();
    this.#failedMs = now;
    const seconds = this.isOn ? Math.round((now - this.#sinceMs) / 1_000) : undefined;
    if (!this.isOn) this.#sinceMs = now;
    const isNew = this.#note(failure, isOfConnection);
    if (!isNew && now - this.#loggedMs < REMINDER_MS) return;
    this.#loggedMs = now;
    const line = this.#line(failure, seconds);
    if (failure.remedy === undefined) this.#log.warn(line);
    else this.#log.error(line);
  }

  /** A server that delays or refuses commands accepts connections nevertheless. */
  connected(): void {
    if (this.#isOfConnection) this.#end();
  }

  replied(): void {
    if (this.isOn && this.clock.monotonicMs() - this.#failedMs >= CALM_MS) this.#end();
  }

  /** @returns whether the outage did not have this reason before; that the connection was cut explains nothing more */
  #note(failure: RedisFailure, isOfConnection: boolean): boolean {
    if (this.isOn && failure === CLOSED_CONNECTION) return false;
    this.#isOfConnection = isOfConnection;
    const isNew = !this.#reasons.has(failure.reason);
    this.#reasons.add(failure.reason);
    return isNew;
  }

  #line({ reason, check, remedy }: RedisFailure, seconds: number | undefined): string {
    const duration = seconds === undefined ? '' : `, and has been out of use for ${seconds} s`;
    const advice = remedy === undefined ? check && `; ${check}` : `. ${remedy}`;
    return `REDIS_URL: ${this.server} ${reason}${duration}${advice ?? ''}. Until it is back, ${this.effect.meanwhile}; it is tried again without a restart`;
  }

  #end(): void {
    if (!this.isOn) return;
    this.#reasons.clear();
    const seconds = Math.round((this.clock.monotonicMs() - this.#sinceMs) / 1_000);
    this.#log.log(`REDIS_URL: ${this.server} responds again after ${seconds} s; ${this.effect.afterwards}`);
  }
}

/** Ends of sentences. */
export interface OutageEffect {
  /** Of the log. */
  readonly context: string;
  readonly meanwhile: string;
  readonly afterwards: string;
}
