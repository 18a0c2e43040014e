import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailableError } from '../store/database/database.errors.js';
import { JobQueue } from '../store/jobs/job.queue.js';
import type { Job, JobEnd } from '../store/jobs/job.types.js';
import { Reconciler, type ProbeOrder } from './reconciler.js';
import { ProbeTimes } from './probe.times.js';
import { LedgerUnreadableError } from '../ledger/ledger.errors.js';
import { PeriodicTask } from '../store/jobs/periodic.task.js';
import type { Operation } from '../ledger/operation.types.js';
import { UnknownAttempts } from '../ledger/queries/unknown.attempts.js';

const QUEUE = 'operation-evidence';

/** A probe is one upstream read (25 s at most) and four statements: after this time its process is considered dead. */
const PROBE_SECONDS_MAX = 120;

/** Retention of finished jobs; an operation that still waits for a person after that is probed once more. */
const JOB_KEPT_SECONDS = 30 * 24 * 60 * 60;

/** Two tenants at once per process; the probes of one tenant run one after the other. */
export const WORKERS = 2;

const SWEEP_BATCH = 200;

/** Bounds the memory to some MB; operations that are dropped from it are queued again, without effect. */
const REMEMBERED_MAX = 10_000;

/**
 * Queues unknown operations as jobs. Each is probed by one process at a time, until it is decided or no probe can
 * show more. Replicas queue the same operations; the queue accepts each attempt once.
 */
@Injectable()
export class ReconciliationWorker implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('ReconciliationWorker');
  readonly #task: PeriodicTask;
  readonly #queued = new Set<string>();
  #after: string | undefined;

  constructor(
    private readonly queue: JobQueue,
    private readonly unknown: UnknownAttempts,
    private readonly reconciler: Reconciler,
    private readonly schedule: ProbeTimes,
  ) {
    this.#task = new PeriodicTask('ReconciliationWorker', schedule.sweepPauseMs, () => this.sweep());
  }

  onModuleInit(): void {
    const { probesMax, pauseSeconds, pauseSecondsMax, pollingSeconds } = this.schedule;
    this.queue.define({
      name: QUEUE,
      workers: WORKERS,
      polling: pollingSeconds,
      options: {
        retryLimit: probesMax - 1,
        retryDelay: pauseSeconds,
        retryBackoff: true,
        retryDelayMax: pauseSecondsMax,
        expireInSeconds: PROBE_SECONDS_MAX,
        deleteAfterSeconds: JOB_KEPT_SECONDS,
      },
      handle: (job) => this.#probe(job),
    });
    this.#task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#task.stop();
  }

  /** Queues one page of unknown operations; the next call continues after it. @throws DatabaseUnavailableError */
  async sweep(): Promise<void> {
    const found = await this.unknown.page(this.reconciler.kinds, this.#after, SWEEP_BATCH);
    const added = found.filter(({ claim }) => !this.#queued.has(claim));
    if (added.length > 0) {
      const jobs = added.map(({ id, tenant, claim, attempts }) => ({
        id: claim,
        group: tenant,
        startAfterSeconds: this.schedule.firstProbeAfterSeconds,
        data: { id, tenant, attempts } satisfies ProbeOrder,
      }));
      await this.queue.add(QUEUE, jobs);
    }
    if (this.#queued.size > REMEMBERED_MAX) this.#queued.clear();
    for (const { claim } of added) this.#queued.add(claim);
    this.#after = found.length === SWEEP_BATCH ? found.at(-1)?.id : undefined;
  }

  /** When the gateway probes this operation next; undefined if no probe is planned. @throws DatabaseUnavailableError */
  async nextProbeAt({ claim, awaits }: Pick<Operation, 'claim' | 'awaits'>): Promise<Date | undefined> {
    return awaits === 'evidence' ? this.queue.dueAt(QUEUE, claim) : undefined;
  }

  /** The queue runs one job per tenant at a time, so a minimum duration per job enforces probesPerSecond. */
  async #probe({ data, isLastTry }: Job): Promise<JobEnd> {
    const pause = sleep(1_000 / this.schedule.probesPerSecond);
    const order = data as ProbeOrder;
    const end = await this.reconciler.probe(order, isLastTry).catch((error: unknown) => {
      // Database logs its own outage.
      if (!isDatabaseAway(error)) this.#log.error({ operation: order.id, err: error }, 'a probe failed');
      return 'again' as const;
    });
    await pause;
    return end === 'over' ? 'completed' : 'failed';
  }
}

function isDatabaseAway(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError || error instanceof LedgerUnreadableError;
}
