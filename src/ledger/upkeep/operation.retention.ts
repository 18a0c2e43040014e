import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type RawBuilder, sql, type SqlBool } from 'kysely';
import { DatabaseClock } from '../../store/database/database.clock.js';
import { Database } from '../../store/database/database.js';
import { smallestId } from '../operation.id.js';
import { inBatches, pruneRows } from '../../store/database/pruning.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';

const DAY_MS = 24 * 60 * 60_000;

/** Retention times of the ledger; a class so that it can be injected. */
export class RetentionSettings {
  #operationDays = 0;
  #keyDays = 0;

  /** @throws RangeError if keys are kept for less than a day, or longer than operations */
  constructor(operationDays = 400, keyDays = 30) {
    this.take(operationDays, keyDays);
  }

  /** Retention of rows, for the audit. Default: a year and a month, so that yearly audits are in time. */
  get operationDays(): number {
    return this.#operationDays;
  }

  /** Retention of keys, as published: far longer than any client repeats. */
  get keyDays(): number {
    return this.#keyDays;
  }

  /** Applies from the next sweep on; same contract as the constructor. */
  take(operationDays: number, keyDays: number): void {
    if (keyDays < 1 || operationDays < keyDays) {
      throw new RangeError(
        'keys must be kept for at least a day, and operations at least as long as their keys',
      );
    }
    this.#operationDays = operationDays;
    this.#keyDays = keyDays;
  }
}

const SWEEP_PAUSE_MS = 60 * 60_000;

/** About 50 ms of work and locks per statement; other statements are not delayed. */
const FORGET_ROWS = 500;

/** Undecided operations are neither deleted nor lose their key, at any age. */
const DECIDED = ['succeeded', 'failed', 'released'] as const;

/** Deletes keys and rows after their retention, in small batches. */
@Injectable()
export class OperationRetention implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('OperationRetention');
  readonly #task = new PeriodicTask('OperationRetention', SWEEP_PAUSE_MS, () => this.sweep());

  constructor(
    private readonly database: Database,
    private readonly time: DatabaseClock,
    private readonly settings: RetentionSettings,
  ) {}

  onModuleInit(): void {
    this.#task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#task.stop();
  }

  async sweep(): Promise<{ forgottenKeys: number; deletedOperations: number }> {
    const forgottenKeys = await inBatches(FORGET_ROWS, (limit) => this.#forgetKeys(limit));
    const deletedOperations = await this.#deleteOperations();
    if (forgottenKeys + deletedOperations > 0) {
      this.#log.log(`${forgottenKeys} keys forgotten, ${deletedOperations} operations deleted`);
    }
    return { forgottenKeys, deletedOperations };
  }

  async #forgetKeys(limit: number): Promise<number> {
    const rows = await this.database.run(
      (db) =>
        db
          .updateTable('operations')
          .set({ idempotency_key: null, key_in_force: false })
          .where('id', 'in', (query) =>
            query
              .selectFrom('operations')
              .select('id')
              .where('idempotency_key', 'is not', null)
              .where('id', '<', this.#firstKept(this.settings.keyDays))
              .where('finished_at', '<', daysAgo(this.settings.keyDays))
              .where('state', 'in', DECIDED)
              .orderBy('id')
              .limit(limit)
              .forUpdate()
              .skipLocked(),
          )
          .returning('id')
          .execute(),
      'background',
    );
    return rows.length;
  }

  #deleteOperations(): Promise<number> {
    const { operationDays } = this.settings;
    return pruneRows(
      this.database,
      'operations',
      sql<SqlBool>`id < ${this.#firstKept(operationDays)} and finished_at < ${daysAgo(operationDays)}
        and state in (${sql.join(DECIDED)})`,
    );
  }

  /** Ids begin with the time of the first attempt: narrows the search by an index. */
  #firstKept(days: number): string {
    return smallestId(this.time.now().getTime() - days * DAY_MS);
  }
}

/**
 * Retention counts from the end of an operation: one that waited for a decision, or was started again under its key,
 * may be repeated after that. Uses the clock of the database, so that a process whose clock is ahead deletes nothing
 * early.
 */
function daysAgo(days: number): RawBuilder<Date> {
  return sql<Date>`now() - ${sql.lit(days)} * interval '1 day'`;
}
