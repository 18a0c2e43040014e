import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { ConnectionKeeper } from './connection.keeper.js';
import { DatabaseUnavailableError, messageOf } from './database.errors.js';
import { stopsStart } from './database.failure.js';
import { startRefusalOf } from './database.start.refusal.js';
import type { Connections, DatabaseSource, Lane } from './database.source.js';
import type { DatabaseState } from './database.status.js';
import type { PreparedStatement, StatementValue } from './pool/prepared.statement.js';
import type { JobConnection } from '../jobs/job.types.js';
import type { Schema } from '../schema/schema.js';

/**
 * The one way to the database. It starts without a database too: work is then refused at once with
 * DatabaseUnavailableError, a background retry goes on, and the schema is applied when the database is there.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  readonly #keeper: ConnectionKeeper;

  constructor(private readonly source: DatabaseSource) {
    this.#keeper = new ConnectionKeeper(source);
  }

  get state(): DatabaseState {
    return this.#keeper.state;
  }

  /** Whether it was there once since the start. */
  get hasConnected(): boolean {
    return this.#keeper.hasConnected;
  }

  /**
   * Tries once. A database that is down is tried again in the background; one that refuses us (newer schema, wrong
   * password, folder in use) stops the start.
   * @throws StartRefusedError with what to do
   */
  async onModuleInit(): Promise<void> {
    try {
      await this.#keeper.start(stopsStart);
    } catch (error) {
      const { address } = this.source;
      throw address ? startRefusalOf(error, address) : error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#keeper.close();
    await this.source.close();
  }

  /**
   * Runs queries. Keep no `db` beyond the call: it is replaced when the connection was lost.
   * @param lane whose connections and time limit it takes; other work cannot take those of `writes`
   * @throws DatabaseUnavailableError when the database cannot do it now; it has whether a commit may have happened
   */
  run<T>(work: (db: Kysely<Schema>) => Promise<T>, lane: Lane = 'writes'): Promise<T> {
    return this.#use((connections) => work(connections.db(lane)));
  }

  /**
   * Executes one statement; the server parses and plans it once for each connection.
   * @param lane as in `run`
   * @throws DatabaseUnavailableError as `run`
   */
  async execute<Row>(
    statement: PreparedStatement,
    values: readonly StatementValue[],
    lane: Lane = 'writes',
  ): Promise<readonly Row[]> {
    const { rows } = await this.#use((connections) => connections.execute(lane, statement, values));
    return rows as Row[];
  }

  /** For the job queue, which brings its own SQL and reads the driver's errors. Ask when the database is ready. */
  jobConnection(): JobConnection {
    const executeSql = (text: string, values?: unknown[]) =>
      this.#use((connections) => connections.executeSql(text, values)).catch((error: unknown) => {
        throw error instanceof DatabaseUnavailableError ? (error.cause ?? error) : error;
      });
    return { backend: this.source.backend, db: { executeSql } };
  }

  async #use<T>(work: (connections: Connections) => Promise<T>): Promise<T> {
    const { current, state } = this.#keeper;
    if (!current) {
      const reason = state.reason ?? state.status;
      throw new DatabaseUnavailableError(reason, { trouble: state.trouble, isReported: true });
    }
    try {
      return await work(current);
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) throw error;
      const { isUnavailable, trouble, mayHaveCommitted } = this.#keeper.observe(error);
      if (!isUnavailable) throw error;
      const { trouble: reported } = this.state;
      throw new DatabaseUnavailableError(messageOf(error), {
        cause: error,
        trouble: trouble ?? reported,
        mayHaveCommitted,
        isReported: reported !== null && (trouble ?? reported) === reported,
      });
    }
  }
}
