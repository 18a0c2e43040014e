import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';
import { MigrationEventStore } from './migration.event.store.js';
import { UnreadableEventStore } from './unreadable.event.store.js';

const DAY_MS = 24 * 60 * 60_000;
const SWEEP_PAUSE_MS = 60 * 60_000;

/** About 50 ms of work and locks per statement, so that other statements are not delayed. */
const SWEEP_BATCH = 500;

/** 100,000 events per hour, far more than arrive; a backlog takes several sweeps. */
const BATCHES_MAX = 200;

/** Deletes events after the retention period of operations. */
@Injectable()
export class MigrationEventRetention implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('MigrationEventRetention');
  readonly #task = new PeriodicTask('MigrationEventRetention', SWEEP_PAUSE_MS, () => this.sweep());

  constructor(
    private readonly store: MigrationEventStore,
    private readonly unreadable: UnreadableEventStore,
    private readonly source: SettingsSource,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.#task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#task.stop();
  }

  /** Returns the number of deleted events. */
  async sweep(batch = SWEEP_BATCH): Promise<number> {
    const { operationDays } = this.source.current.ledger.retention;
    const before = new Date(this.clock.now().getTime() - operationDays * DAY_MS);
    let deleted = 0;
    for (const store of [this.store, this.unreadable]) {
      for (let batches = 0; batches < BATCHES_MAX; batches += 1) {
        const count = await store.prune(before, batch);
        deleted += count;
        if (count < batch) break;
      }
    }
    if (deleted > 0) this.#log.log(`${deleted} events of migrations deleted`);
    return deleted;
  }
}
