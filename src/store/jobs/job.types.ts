import type { ConstructorOptions, QueueOptions } from 'pg-boss';

/** How the queue reaches the database; `backend` says of which kind it is. */
export type JobConnection = Pick<ConstructorOptions, 'backend' | 'db'>;

export interface NewJob {
  /** A uuid; names the work, so that adding it again changes nothing. */
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
  /** Seconds between two looks of a worker for jobs when the last one found none. */
  readonly polling: number;
  /** An error counts as `failed`. */
  readonly handle: (job: Job) => Promise<JobEnd>;
}
