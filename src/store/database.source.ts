import type { PGlite } from '@electric-sql/pglite';
import { CompiledQuery, type DatabaseConnection, Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import { join } from 'node:path';
import { Pool, type PoolConfig, TypeOverrides } from 'pg';
import type { Secret } from '../config/secret.js';
import { DataDirLock } from './data-dir.lock.js';
import { DatabaseUnavailableError } from './database.errors.js';
import type { JobConnection } from './job.types.js';
import type { Schema } from './schema.js';
import { applySchema } from './schema.apply.js';

/** Where the database is. */
export interface DatabaseSource {
  /** Connects, brings the schema up to date, answers the way to run queries; throws what the driver throws. */
  connect(): Promise<Kysely<Schema>>;
  /** The way of the job queue to the same database. */
  jobConnection(): JobConnection;
  /** Gives up what `connect` left behind, once no query is running. */
  close(): Promise<void>;
}

/** 64-bit integers (counts) as numbers on both drivers; all of ours are far below 2^53. */
const INT8 = 20;

/** A server that accepts no connection in 2 s is down for us: an interactive write must be refused quickly. */
const CONNECT_TIMEOUT_MS = 2_000;

/** Our statements touch single rows (a millisecond); 5 s means a blocked or failing server, and callers wait. */
const STATEMENT_TIMEOUT_MS = 5_000;

/** Asks the socket, not the server: covers a network that went dead. After the server's own timeout. */
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 1_000;

/** Only schema steps use transactions; a session that dies inside one must not hold its lock for longer. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;

/** Waiting for the schema lock of another replica included; beyond this a step is stuck, not slow. */
const SCHEMA_TIMEOUT_MS = 120_000;

/**
 * One write needs a connection for about 2 ms, twice: 10 carry about 2,500 writes/s. Ten replicas then take 100
 * connections, PostgreSQL's default maximum.
 */
const POOL_SIZE = 10;

/** Background work has connections of its own, so that it never takes one from a write; its statements are short. */
const JOB_POOL_SIZE = 2;

/** Longest for a step of the queue's own schema; a network that went dead is noticed by it too. */
const JOB_QUERY_TIMEOUT_MS = 30_000;

export class PostgresSource implements DatabaseSource {
  constructor(private readonly url: Secret) {}

  async connect(): Promise<Kysely<Schema>> {
    const steps = this.#open({
      max: 1,
      statement_timeout: SCHEMA_TIMEOUT_MS,
      query_timeout: SCHEMA_TIMEOUT_MS + 1_000,
    });
    try {
      await applySchema(steps);
    } finally {
      await steps.destroy();
    }
    return this.#open({
      max: POOL_SIZE,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    });
  }

  jobConnection(): JobConnection {
    // The library hands all of it to its own pool of the same driver.
    return {
      connectionString: this.url.reveal(),
      application_name: 'tollgate jobs',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: JOB_QUERY_TIMEOUT_MS,
      keepAlive: true,
      max: JOB_POOL_SIZE,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #open(config: PoolConfig): Kysely<Schema> {
    const types = new TypeOverrides();
    types.setTypeParser(INT8, Number);
    const pool = new Pool({
      connectionString: this.url.reveal(),
      application_name: 'tollgate',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      keepAlive: true,
      types,
      ...config,
    });
    // A connection that breaks, idle or in use, is replaced by the pool, and its query fails by itself; but an
    // error event without a listener would end the process.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    return new Kysely<Schema>({ dialect: new PostgresDialect({ pool, onCreateConnection: keepCommits }) });
  }
}

/** PostgreSQL inside this process. It creates the folder at the first start, which takes some seconds. */
export class EmbeddedSource implements DatabaseSource {
  #lock: DataDirLock | undefined;
  #db: Kysely<Schema> | undefined;
  #pglite: PGlite | undefined;

  /**
   * Without a folder the database lives in memory and ends with the process. Without a lock of the folder, `connect`
   * takes it.
   */
  constructor(
    private readonly dataDir?: string,
    lock?: DataDirLock,
  ) {
    this.#lock = lock;
  }

  /** Two instances on one folder would destroy it: one that still works is used further, a broken one is closed. */
  async connect(): Promise<Kysely<Schema>> {
    if (this.dataDir !== undefined) this.#lock ??= new DataDirLock(this.dataDir);
    if (this.#db && !(await answers(this.#db))) {
      await this.#db.destroy().catch(() => undefined);
      this.#db = undefined;
    }
    this.#db ??= await this.#open();
    return this.#db;
  }

  jobConnection(): JobConnection {
    return { backend: 'pglite', db: { executeSql: (text, values) => this.#execute(text, values) } };
  }

  close(): Promise<void> {
    this.#lock?.release();
    this.#lock = undefined;
    return Promise.resolve();
  }

  async #open(): Promise<Kysely<Schema>> {
    const { PGlite } = await import('@electric-sql/pglite');
    const pglite = await PGlite.create({
      ...(this.dataDir === undefined ? {} : { dataDir: join(this.dataDir, 'pglite') }),
      parsers: { [INT8]: Number },
    });
    const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) });
    await applySchema(db);
    this.#pglite = pglite;
    return db;
  }

  /**
   * Everybody shares one session, so a text with its own BEGIN and COMMIT runs inside PGlite's transaction: nobody
   * else's statement comes between, and when it fails the session is rolled back before the next one. (Its inner
   * BEGIN and the outer COMMIT then only cause warnings.)
   */
  async #execute(text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
    const pglite = this.#pglite;
    if (!pglite) throw new DatabaseUnavailableError('not connected yet');
    if (values.length > 0) return pglite.query(text, values);
    const results = await (/^\s*begin\b/i.test(text)
      ? pglite.transaction((transaction) => transaction.exec(text))
      : pglite.exec(text));
    return { rows: results.flatMap(({ rows }) => rows) };
  }
}

/**
 * A server may be set to confirm commits before they are on disk, or before its standby has them. Then its crash takes
 * back an intent whose call has left, and the key would run again. Stricter settings stay as they are.
 */
async function keepCommits(connection: DatabaseConnection): Promise<void> {
  await connection.executeQuery(
    CompiledQuery.raw(`select set_config('synchronous_commit', 'on', false)
      where current_setting('synchronous_commit') in ('off', 'local')`),
  );
}

function answers(db: Kysely<Schema>): Promise<boolean> {
  return sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
}
