import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { DatabaseClock } from '../../store/database/database.clock.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';
import { MigrationEventStore } from './migration.event.store.js';
import { UnreadableEventStore } from './unreadable.event.store.js';

const DAY_MS = 24 * 60 * 60_000;
const SWEEP_PAUSE_MS = 60 * 60_000;

/** Deletes events after the retention period of operations. */
@Injectable()
export class MigrationEventRetention implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('MigrationEventRetention');
  readonly #task = new PeriodicTask('MigrationEventRetention', SWEEP_PAUSE_MS, () => this.sweep());

  constructor(
    private readonly store: MigrationEventStore,
    private readonly unreadable: UnreadableEventStore,
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
    const before = new Date(this.time.now().getTime() - operationDays * DAY_MS);
    const deleted =
      (await this.store.prune(before, batchRows)) + (await this.unreadable.prune(before, batchRows));
    if (deleted > 0) this.#log.log(`${deleted} events of migrations deleted`);
    return deleted;
  }
}
