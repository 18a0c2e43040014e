import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit, Optional } from '@nestjs/common';
import { DatabaseUnavailableError } from '../../store/database/database.errors.js';
import { Metrics, type UnrecordedReason } from '../../telemetry/metrics.js';
import type { OperationEvent } from '../operation.state.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';

/** A response with 1,000 codes is about 50 kB, so this bounds the memory to about 50 MB in the worst case. */
const LATE_RECORDS_MAX = 1_000;

/** Abandoned claims are about 1 kB each. */
const ABANDONED_MAX = 20_000;

const RETRY_PAUSE_MS = 1_000;

/** At shutdown: one row may be locked, and the second try writes the others first. Each costs at most one timeout. */
const SHUTDOWN_TRIES = 2;

interface UnwrittenEnd {
  readonly operationId: string;
  /** The end of the run; null: an abandoned claim. */
  readonly ended: OperationEvent | null;
  readonly write: () => Promise<unknown>;
}

/**
 * Ends that could not be written because the database became unavailable between sending and the response. Kept as
 * long as the process lives and written once the database is back. If the process dies, lease expiry makes the
 * operation `unknown`, unless it was decided meanwhile; therefore each end that is dropped is logged as an error and
 * counted.
 */
@Injectable()
export class UnwrittenEnds implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('UnwrittenEnds');
  readonly #task = new PeriodicTask('UnwrittenEnds', RETRY_PAUSE_MS, () => this.flush());
  readonly #records: UnwrittenEnd[] = [];
  #isShutDown = false;
  #dropped = 0;

  constructor(@Optional() private readonly metrics?: Metrics) {}

  get count(): number {
    return this.#records.length;
  }

  /** Given up for good; each is in the log. */
  get dropped(): number {
    return this.#dropped;
  }

  onModuleInit(): void {
    this.#task.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#task.stop();
    for (let tries = 0; tries < SHUTDOWN_TRIES && this.count > 0; tries += 1) await this.flush();
    this.#isShutDown = true;
    for (const record of this.#records.splice(0)) this.#giveUp(record, 'shutdown');
  }

  /** Adds the neutralization of an abandoned claim. */
  addAbandoned(operationId: string, write: () => Promise<unknown>): void {
    this.#add({ operationId, ended: null, write }, ABANDONED_MAX);
  }

  /** Returns false if it cannot be kept: no room, or the process has shut down. */
  add(operationId: string, ended: OperationEvent, write: () => Promise<unknown>): boolean {
    return this.#add({ operationId, ended, write }, LATE_RECORDS_MAX);
  }

  /** Writes what can be written now; stops at the first sign that the database is still unavailable. */
  async flush(): Promise<void> {
    for (let left = this.count; left > 0; left -= 1) {
      const record = this.#records.shift();
      if (!record) return;
      if (await this.#isWritten(record)) continue;
      // Perhaps only this row is locked: the others come first next time.
      this.#records.push(record);
      return;
    }
  }

  #add(record: UnwrittenEnd, max: number): boolean {
    const isEnd = record.ended !== null;
    const hasRoom = this.#records.filter(({ ended }) => (ended !== null) === isEnd).length < max;
    if (hasRoom && !this.#isShutDown) {
      this.#records.push(record);
      return true;
    }
    this.#giveUp(record, hasRoom ? 'shutdown' : 'no_room');
    return false;
  }

  /** A record that the database rejects must not block the others. */
  async #isWritten(record: UnwrittenEnd): Promise<boolean> {
    try {
      await record.write();
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return false;
      this.#giveUp(record, 'refused', `refused: ${String(error)}`);
    }
    return true;
  }

  #giveUp({ operationId, ended }: UnwrittenEnd, reason: UnrecordedReason, why: string = reason): void {
    this.#dropped += 1;
    this.metrics?.unrecordedEnd(reason);
    const what =
      ended === null
        ? `the claim of operation ${operationId} may be in force, and nothing was sent for it`
        : `operation ${operationId} ended with "${ended}", which is not recorded`;
    this.#log.error(
      `${what} (${why}); compare it with what the operation shows: see "What PostgreSQL must promise" in docs/operations.md`,
    );
  }
}
