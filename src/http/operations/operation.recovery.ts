import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { OperationLease } from './operation.lease.js';
import { type ExpiredOperation, OperationStore } from './operation.store.js';
import { PacedTask } from './paced.task.js';

/** Bounds one transaction; a process that died had at most some hundred operations running. */
const SWEEP_BATCH = 100;

/** One log line names so many; the list of operations names all. */
const LOGGED_IDS_MAX = 20;

/** Finds operations whose process died or hangs: their lease has ended, so their outcome is unknown. */
@Injectable()
export class OperationRecovery implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('OperationRecovery');
  readonly #task: PacedTask;

  constructor(
    private readonly store: OperationStore,
    lease: OperationLease,
  ) {
    this.#task = new PacedTask('OperationRecovery', lease.sweepPauseMs, () => this.sweep());
  }

  onModuleInit(): void {
    this.#task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#task.stop();
  }

  /** Answers what this process turned into `unknown`; no other process answers the same ones. */
  async sweep(): Promise<ExpiredOperation[]> {
    const all: ExpiredOperation[] = [];
    let batch: ExpiredOperation[];
    do {
      batch = await this.store.expire(SWEEP_BATCH);
      all.push(...batch);
    } while (batch.length === SWEEP_BATCH);
    if (all.length > 0)
      this.#log.warn(`${all.length} operations are unknown, their leases ended: ${idsOf(all)}`);
    return all;
  }
}

function idsOf(operations: readonly ExpiredOperation[]): string {
  const ids = operations.slice(0, LOGGED_IDS_MAX).map(({ id }) => id);
  return ids.join(', ') + (operations.length > LOGGED_IDS_MAX ? ', …' : '');
}
