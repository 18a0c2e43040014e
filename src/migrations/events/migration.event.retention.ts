import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { sql, type SqlBool } from 'kysely';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { smallestId } from '../../ledger/operation.id.js';
import { Database } from '../../store/database/database.js';
import { DatabaseClock } from '../../store/database/database.clock.js';
import { pruneRows } from '../../store/database/pruning.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';

const DAY_MS = 24 * 60 * 60_000;
const SWEEP_PAUSE_MS = 60 * 60_000;

const TABLES = ['migration_events', 'unreadable_events'] as const;

/** Deletes events after the retention period of operations. */
@Injectable()
export class MigrationEventRetention implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('MigrationEventRetention');
  readonly #task = new PeriodicTask('MigrationEventRetention', SWEEP_PAUSE_MS, () => this.sweep());

  constructor(
    private readonly database: Database,
    private readonly source: SettingsSource,
    private readonly time: DatabaseClock,
  ) {}

  onModuleInit(): void {
    this.#task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#task.stop();
  }

  /** Returns the number of deleted events. @throws DatabaseUnavailableError */
  async sweep(batchRows?: number): Promise<number> {
    const { operationDays } = this.source.current.ledger;
    const isOld = sql<SqlBool>`id < ${smallestId(this.time.now().getTime() - operationDays * DAY_MS)}`;
    let deleted = 0;
    for (const table of TABLES) deleted += await pruneRows(this.database, table, isOld, batchRows);
    if (deleted > 0) this.#log.log(`${deleted} events of migrations deleted`);
    return deleted;
  }
}
