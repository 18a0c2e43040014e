import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { sql } from 'kysely';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobWithMetadata, PgBoss } from 'pg-boss';
import { Database } from '../database/database.js';
import { DatabaseUnavailableError } from '../database/database.errors.js';
import { JOB_INTERVALS, jobSchemaName } from './job.settings.js';
import type { Job, NewJob, QueueDefinition } from './job.types.js';

/** A try to start costs a few statements; the database's own retry is as slow. */
const START_RETRY_MS = 3_000;

/** What a job may still take at the shutdown: most reads; the others are taken up again by another process. */
const STOP_TIMEOUT_MS = 5_000;

/** One job at a time of each group, over all processes. */
const WORKER_OPTIONS = { groupConcurrency: 1, perJobResults: true, includeMetadata: true } as const;

const OPEN_STATES: ReadonlySet<string> = new Set(['created', 'retry', 'active']);

/** A failing queue logs the same error with every poll for jobs. */
const SAME_ERROR_PAUSE_MS = 60_000;

/**
 * Background work that survives its process: pg-boss on the database of the ledger, in a schema of its own. It starts
 * once the database is there, beside the application, and goes on by itself after an outage.
 */
@Injectable()
export class JobQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #log = new Logger('JobQueue');
  readonly #definitions: QueueDefinition[] = [];
  readonly #stopping = new AbortController();
  #boss: PgBoss | undefined;
  #starting: Promise<void> | undefined;
  #toldAtMs = -Infinity;

  constructor(private readonly database: Database) {}

  /** Call it before the application has started, from `onModuleInit`. */
  define(queue: QueueDefinition): void {
    this.#definitions.push(queue);
  }

  onApplicationBootstrap(): void {
    this.#starting = this.#startInBackground();
  }

  /** Earlier than the shutdown of what the jobs use. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    const boss = this.#boss;
    this.#boss = undefined;
    if (boss) await this.#stop(boss);
  }

  /**
   * A job whose id was added before is left out, whether it waits, runs or has ended not too long ago.
   * @throws DatabaseUnavailableError as long as the queue has not started
   */
  async add(queue: string, jobs: readonly NewJob[]): Promise<void> {
    if (!this.#boss) throw new DatabaseUnavailableError('the job queue has not started');
    const rows = jobs.map(({ id, group, startAfterSeconds, data }) => ({
      id,
      data: data as object,
      group: { id: group },
      startAfter: startAfterSeconds,
    }));
    await this.#boss.insert(queue, rows);
  }

  /**
   * When the job is due; in the past while it runs. Undefined if it is unknown, has ended, or the queue has not started.
   * @throws DatabaseUnavailableError
   */
  async dueAt(queue: string, id: string): Promise<Date | undefined> {
    const job = await this.#boss?.getJobById(queue, id);
    return job && OPEN_STATES.has(job.state) ? job.startAfter : undefined;
  }

  async #startInBackground(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        this.#boss = await this.#start();
        return;
      } catch (error) {
        this.#report(error);
      }
      await sleep(START_RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #start(): Promise<PgBoss> {
    const { rows } = await this.database.run((db) =>
      sql<{ schema: string | null }>`select current_schema() as schema`.execute(db),
    );
    const boss = new PgBoss({
      ...this.database.jobConnection(),
      ...JOB_INTERVALS,
      schema: jobSchemaName(rows[0]?.schema ?? null),
    });
    boss.on('error', (error) => this.#report(error));
    boss.on('warning', ({ message }) => this.#log.warn(message));
    try {
      await boss.start();
      for (const queue of this.#definitions) await this.#open(boss, queue);
      return boss;
    } catch (error) {
      await this.#stop(boss);
      throw error;
    }
  }

  async #open(boss: PgBoss, { name, options, workers, polling, handle }: QueueDefinition): Promise<void> {
    await boss.createQueue(name, options);
    // Only takes over what changed between two versions of this program; the policy never does.
    await boss.updateQueue(name, options);
    for (let i = 0; i < workers; i += 1) {
      let worker = '';
      const work = async (jobs: JobWithMetadata[]) => {
        const ends = await Promise.all(
          jobs.map(async (job) => ({ id: job.id, status: await handle(jobOf(job)) })),
        );
        // Where there was one there may be more: the next poll for jobs does not wait.
        boss.notifyWorker(worker);
        return ends;
      };
      worker = await boss.work(name, { ...WORKER_OPTIONS, pollingIntervalSeconds: polling }, work);
    }
  }

  async #stop(boss: PgBoss): Promise<void> {
    const idle = Promise.all(this.#definitions.map(({ name }) => boss.offWork(name, { wait: true })));
    await Promise.race([idle, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]).catch(() => undefined);
    await boss.stop({ graceful: false }).catch((error: unknown) => this.#report(error));
  }

  /** The database reports its own absence. */
  #report(error: unknown): void {
    if ((error as Error | null)?.name === 'DatabaseUnavailableError') return;
    if (this.database.state.status !== 'ready') return;
    const now = performance.now();
    if (now - this.#toldAtMs < SAME_ERROR_PAUSE_MS) return;
    this.#toldAtMs = now;
    this.#log.error({ cause: error }, 'background work is in trouble and goes on trying');
  }
}

function jobOf({ id, data, retryCount, retryLimit }: JobWithMetadata): Job {
  return { id, data, isLastTry: retryCount >= retryLimit };
}
