import { Logger } from '@nestjs/common';
import { DatabaseUnavailableError } from '../database/database.errors.js';
import { failureOf } from '../database/database.failure.js';

/** Replicas that started together must not work in step. */
const JITTER = 0.2;

/** Runs a piece of background work again and again: never twice at once, with a pause after each run. */
export class PeriodicTask {
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(
    name: string,
    private readonly pauseMs: number,
    private readonly work: () => Promise<unknown>,
  ) {
    this.#log = new Logger(name);
  }

  /** The first run comes after the first pause. */
  start(): void {
    if (this.#stopped) return;
    const pauseMs = this.pauseMs * (1 + JITTER * (Math.random() * 2 - 1));
    this.#timer = setTimeout(() => {
      this.#running = this.#run().finally(() => this.start());
    }, pauseMs);
    this.#timer.unref();
  }

  /** Waits for the run in progress. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      // The database reports its own absence, once.
      if (error instanceof DatabaseUnavailableError) return;
      if (failureOf(error).isUnavailable) this.#log.warn({ cause: error }, 'not done now, tried again later');
      else this.#log.error(error);
    }
  }
}
