import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { DatabaseUnavailableError } from '../../store/database.errors.js';
import { PacedTask } from './paced.task.js';

/** One answer of 1,000 codes is about 50 kB, so this bounds the memory to about 50 MB at the very worst. */
const LATE_RECORDS_MAX = 1_000;

/** The ledger still takes an answer after its lease, as the best evidence; a restart of a database takes minutes. */
const KEPT_FOR_MS = 15 * 60_000;

/** Claims to be given up are about 1 kB each, and kept as long as the process lives: what was reported must stay true. */
const ABANDONED_MAX = 20_000;

const RETRY_PAUSE_MS = 1_000;

interface LateRecord {
  readonly operationId: string;
  readonly write: () => Promise<unknown>;
  readonly untilMs: number;
}

/**
 * What could not be written because the database went away between "sent" and the answer. Kept in this process and
 * written when the database is back. What is lost with the process is found by recovery as `unknown`.
 */
@Injectable()
export class LateRecords implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('LateRecords');
  readonly #task = new PacedTask('LateRecords', RETRY_PAUSE_MS, () => this.flush());
  #records: LateRecord[] = [];

  constructor(private readonly clock: Clock) {}

  get count(): number {
    return this.#records.length;
  }

  onModuleInit(): void {
    this.#task.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#task.stop();
    await this.flush();
    if (this.count > 0)
      this.#log.error(`${this.count} ends of operations are not recorded; recovery will call them unknown`);
  }

  /** What makes sure that a claim leaves nothing behind. */
  addAbandoned(operationId: string, write: () => Promise<unknown>): void {
    if (this.#records.length < ABANDONED_MAX) {
      this.#records.push({ operationId, write, untilMs: Infinity });
      return;
    }
    this.#log.error(`no room to give up the claim of operation ${operationId}; recovery may call it unknown`);
  }

  /** False when there is no room. */
  add(operationId: string, write: () => Promise<unknown>): boolean {
    if (this.#records.filter(({ untilMs }) => untilMs < Infinity).length >= LATE_RECORDS_MAX) {
      this.#log.error(
        `no room to keep the answer of operation ${operationId}; recovery will call it unknown`,
      );
      return false;
    }
    this.#records.push({ operationId, write, untilMs: this.clock.monotonicMs() + KEPT_FOR_MS });
    return true;
  }

  /** Writes what can be written now; stops at the first sign that the database is still away. */
  async flush(): Promise<void> {
    const waiting = this.#records;
    this.#records = [];
    try {
      while (waiting[0]) {
        await this.#write(waiting[0]);
        waiting.shift();
      }
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      // It may be this row alone that is locked: the others go first the next time.
      waiting.push(...waiting.splice(0, 1));
    } finally {
      const now = this.clock.monotonicMs();
      this.#records = [...waiting.filter(({ untilMs }) => untilMs > now), ...this.#records];
    }
  }

  /** A record that the database refuses for itself must not hold up the others. */
  async #write({ operationId, write }: LateRecord): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) throw error;
      this.#log.error(`the end of operation ${operationId} cannot be recorded: ${String(error)}`);
    }
  }
}
