import { Logger } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import type { StoreAddress } from '../../config/environment/store.address.js';
import type { DatabaseState } from './database.status.js';

/** How often a wait is logged again: soon for one who watches a start, rarely enough for a long outage. */
const REMINDER_MS = 30_000;

/** What the log has about the database: each change of its state, and again while something lasts. */
export class DatabaseLog {
  readonly #log = new Logger('Database');
  readonly #name: string;
  readonly #first: string;
  #loggedAtMs = -Infinity;

  /** @param address of a server; undefined where the database is in this process */
  constructor(
    address: StoreAddress | undefined,
    private readonly retryMs: number,
    private readonly reminderMs = REMINDER_MS,
  ) {
    this.#name = address
      ? `DATABASE_URL: the database "${address.database}" at ${address.server}`
      : 'the database';
    this.#first = address ? 'connecting and applying the schema' : 'opening it';
  }

  changed(state: DatabaseState): void {
    if (state.status === 'ready') this.#log.log(`${this.#name} is ready`);
    else this.#warn(state, 'is', '');
  }

  /** The line of the beginning may be far above, or older than the log. */
  lasts(state: DatabaseState): void {
    if (performance.now() - this.#loggedAtMs < this.reminderMs) return;
    const seconds = Math.round((Date.now() - state.since.getTime()) / 1_000);
    this.#warn(state, 'is still', ` for ${seconds} s`);
  }

  /** Another replica may be changing the schema, or a large database be recovering: a start must not wait in silence. */
  async duringFirst<T>(connecting: Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const remind = (): void => {
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      this.#log.warn(`${this.#name}: ${this.#first} has taken ${seconds} s so far; waiting`);
    };
    const timer = setInterval(remind, this.reminderMs).unref();
    return connecting.finally(() => clearInterval(timer));
  }

  #warn({ status, trouble, reason, takesWrites }: DatabaseState, verb: string, duration: string): void {
    this.#loggedAtMs = performance.now();
    const check =
      trouble === 'unreachable'
        ? ' check the server, host and port, and that a PostgreSQL listens there;'
        : '';
    const effect = takesWrites ? '' : ' writes are refused until it is back;';
    const retry = `${check}${effect} trying again every ${this.retryMs / 1_000} s`;
    this.#log.warn(`${this.#name} ${verb} ${status}${duration} (${trouble}): ${reason};${retry}`);
  }
}
