import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { performance } from 'node:perf_hooks';
import { types } from 'node:util';
import {
  DatabaseUnavailableError,
  isConnectionInDoubt,
  isUnavailable,
  SchemaTooNewError,
} from './database.errors.js';
import type { DatabaseSource } from './database.source.js';
import type { DatabaseState, DatabaseStatus } from './database.state.js';
import type { JobConnection } from './job.types.js';
import type { Schema } from './schema.js';

/** First and longest pause between two tries to reach the database; short enough to be back soon after it is. */
const RETRY_DELAY_MS = { min: 250, max: 3_000 } as const;

/** A doubt about the connection is looked into at most this often, so that an overload does not renew the pool. */
const DOUBT_INTERVAL_MS = 5_000;

/** Probes ask every second or two; a database that takes longer is not ready to carry writes. */
const PING_TIMEOUT_MS = 1_000;

/**
 * The one way to the database. It starts without a database too: work is then refused at once with
 * DatabaseUnavailableError, a background retry goes on, and the schema is applied when the database is there.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('Database');
  #db: Kysely<Schema> | undefined;
  #state: DatabaseState = { status: 'starting', since: new Date(), reason: null };
  #doubtedAtMs = -Infinity;
  #connecting: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(private readonly source: DatabaseSource) {}

  get state(): DatabaseState {
    return this.#state;
  }

  /**
   * Tries once. A database that is down is tried again in the background; one that refuses us (newer schema, wrong
   * password, folder in use) stops the start.
   */
  async onModuleInit(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#set('down', messageOf(error));
      this.#connecting = this.#connectInBackground();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#set('closed', 'shut down');
    this.#wake?.();
    await this.#connecting;
    await this.#db?.destroy();
    await this.source.close();
  }

  /**
   * Runs queries. Keep no `db` beyond the call: it is replaced when the connection was lost.
   * @throws DatabaseUnavailableError when the database cannot do it now; whether a commit happened is then unknown
   */
  async run<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    if (this.#state.status !== 'ready' || !this.#db) {
      throw new DatabaseUnavailableError(this.#state.reason ?? this.#state.status);
    }
    try {
      return await work(this.#db);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      if (isConnectionInDoubt(error)) this.#doubt();
      throw new DatabaseUnavailableError(messageOf(error), error);
    }
  }

  /** For the job queue, which brings its own SQL. Ask when the database is ready. */
  jobConnection(): JobConnection {
    return this.source.jobConnection();
  }

  /** Does the database answer within a second? For readiness. */
  async ping(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, PING_TIMEOUT_MS, false);
    });
    const asked = this.run((db) => sql`select 1`.execute(db)).then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Connects anew beside the work that goes on; the old connections, some perhaps dead, end with their queries. */
  #doubt(): void {
    if (this.#connecting || performance.now() - this.#doubtedAtMs < DOUBT_INTERVAL_MS) return;
    this.#doubtedAtMs = performance.now();
    this.#connecting = this.#connectInBackground();
  }

  async #connectInBackground(): Promise<void> {
    let delayMs: number = RETRY_DELAY_MS.min;
    while (this.#state.status !== 'closed') {
      try {
        await this.#connect();
        break;
      } catch (error) {
        if (this.#isClosed()) break;
        this.#set(error instanceof SchemaTooNewError ? 'refused' : 'down', messageOf(error));
      }
      await this.#pause(delayMs);
      delayMs = Math.min(delayMs * 2, RETRY_DELAY_MS.max);
    }
    this.#connecting = undefined;
  }

  async #connect(): Promise<void> {
    const db = await this.source.connect();
    if (this.#isClosed()) return db.destroy();
    const old = this.#db;
    this.#db = db;
    this.#set('ready', null);
    // Its last queries finish first; what they meet, their callers are told.
    if (old !== db) old?.destroy().catch(() => undefined);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isClosed()) this.#wake();
    });
  }

  /** Asked after an await, when the shutdown may have come in between. */
  #isClosed(): boolean {
    return this.#state.status === 'closed';
  }

  #set(status: DatabaseStatus, reason: string | null): void {
    if (this.#isClosed() || (this.#state.status === status && this.#state.reason === reason)) return;
    this.#state = { status, since: new Date(), reason };
    if (status === 'ready') this.#log.log('the database is ready');
    else if (status !== 'closed') this.#log.warn(`the database is ${status}: ${reason}`);
  }
}

/** A failed name lookup or connect on several addresses is an AggregateError without a message. */
function messageOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}
