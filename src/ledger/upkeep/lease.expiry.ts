import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LeaseDuration } from '../lease.duration.js';
import { type ExpiredOperation, EndStore } from '../writes/end.store.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';

/** Bounds one transaction; a dead process had at most some hundred running operations. */
const SWEEP_BATCH = 100;

/** Ids in one log line; the list of operations has all. */
const LOGGED_IDS_MAX = 20;

/**
 * Ends operations whose lease has expired because their process died or hangs: `sent` becomes `unknown`, `claimed` is
 * released.
 */
@Injectable()
export class LeaseExpiry implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('LeaseExpiry');
  readonly #task: PeriodicTask;

  constructor(
    private readonly store: EndStore,
    lease: LeaseDuration,
  ) {
    this.#task = new PeriodicTask('LeaseExpiry', lease.sweepPauseMs, () => this.sweep());
  }

  onModuleInit(): void {
    this.#task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#task.stop();
  }

  /** Returns the operations that this process ended; no other process returns the same ones. */
  async sweep(): Promise<ExpiredOperation[]> {
    const all: ExpiredOperation[] = [];
    let batch: readonly ExpiredOperation[];
    do {
      batch = await this.store.endLeases(SWEEP_BATCH);
      all.push(...batch);
    } while (batch.length === SWEEP_BATCH);
    this.#report(all, 'unknown', 'operations are unknown, their leases ended');
    this.#report(all, 'released', 'operations are released, their leases ended before they were sent');
    return all;
  }

  #report(all: readonly ExpiredOperation[], state: ExpiredOperation['state'], what: string): void {
    const ended = all.filter((each) => each.state === state);
    if (ended.length > 0) this.#log.warn(`${ended.length} ${what}: ${idsOf(ended)}`);
  }
}

function idsOf(operations: readonly ExpiredOperation[]): string {
  const ids = operations.slice(0, LOGGED_IDS_MAX).map(({ id }) => id);
  return ids.join(', ') + (operations.length > LOGGED_IDS_MAX ? ', …' : '');
}
