import type { ConstructorOptions, QueueOptions } from 'pg-boss';

/** How the queue reaches the database; `backend` is its kind. */
export type JobConnection = Pick<ConstructorOptions, 'backend' | 'db'>;

export interface NewJob {
  /** A uuid; names the work, so that adding it again has no effect. */
  readonly id: string;
  /** Of jobs with the same group one runs at a time, over all processes. */
  readonly group: string;
  readonly startAfterSeconds: number;
  readonly data: unknown;
}

export interface Job {
  readonly id: string;
  readonly data: unknown;
  /** `failed` then ends the job. */
  readonly isLastTry: boolean;
}

/** `failed`: try again after the queue's pause. */
export type JobEnd = 'completed' | 'failed';

/** One kind of background work. */
export interface QueueDefinition {
  readonly name: string;
  readonly options: QueueOptions;
  /** Jobs at once in this process, at most. */
  readonly workers: number;
  /** Seconds between two polls of a worker when the last one found no job. */
  readonly polling: number;
  /** An error counts as `failed`. */
  readonly handle: (job: Job) => Promise<JobEnd>;
}
