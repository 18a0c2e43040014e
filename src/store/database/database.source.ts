import type { PGlite } from '@electric-sql/pglite';
import { CompiledQuery, Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely';
import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureFolder } from '../../config/data.folder.js';
import { DATABASE_LIMITS, type DatabaseLimits } from '../../config/environment/database.limits.js';
import { type StoreAddress, storeAddressOf } from '../../config/environment/store.address.js';
import type { Secret } from '../../config/secrets/secret.js';
import { BoundedPool, INT8, type PoolLimits } from './pool/bounded.pool.js';
import { DataDirLock } from '../data-dir/data-dir.lock.js';
import { EmbeddedDatabaseUnusableError, IndexMissingError } from './database.errors.js';
import type { PreparedStatement, StatementValue } from './pool/prepared.statement.js';
import { IndexBuilder } from '../schema/index.builder.js';
import type { JobConnection } from '../jobs/job.types.js';
import type { Schema } from '../schema/schema.js';
import { applySchema, createIndexes, missingIndexes } from '../schema/schema.apply.js';

/**
 * Connections are divided by purpose, so that no other work takes them from a write. `writes`: a claim, a
 * response, a decision. `reads`: lists and lookups of callers. `fences`: what a cached response depends on.
 * `background`: evidence, retention, jobs.
 */
export type Lane = 'writes' | 'reads' | 'fences' | 'background';

/** Connections to one server, until they are closed. */
export interface Connections {
  db(lane: Lane): Kysely<Schema>;
  /** One statement that each session of the lane keeps. */
  execute(
    lane: Lane,
    statement: PreparedStatement,
    values: readonly StatementValue[],
  ): Promise<{ rows: unknown[] }>;
  /** For the job queue, which brings its own SQL: one text, perhaps of several statements. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** Once the last query has ended. */
  close(): Promise<void>;
}

/** Where the database is. */
export interface DatabaseSource {
  readonly backend: NonNullable<JobConnection['backend']>;
  /** Of a server; absent where the database is in this process. */
  readonly address?: StoreAddress;
  /** Connects and brings the schema up to date; throws what the driver throws. May return what it returned before. */
  connect(): Promise<Connections>;
  /** Closes what `connect` opened, once no query is running. */
  close(): Promise<void>;
}

/**
 * Our statements touch single rows; 5 s means a blocked or failing server, and callers wait. No setting: the deadlines
 * of claims rest on it.
 */
const WRITE_TIMEOUT_MS = 5_000;

/**
 * One batch at a time takes under a millisecond of an index; callers wait for 50 ms at most, and then ask the vendor. Kept
 * for a minute, which is below the limits of firewalls: to connect takes longer than a read, and a new session has no plans.
 */
const FENCE_LIMITS: PoolLimits = { size: 1, statementMs: 250, inTrouble: 'never', idleMs: 60_000 };

function lanesOf(limits: DatabaseLimits): Readonly<Record<Lane, PoolLimits>> {
  return {
    writes: { size: limits.writeConnections, statementMs: WRITE_TIMEOUT_MS, inTrouble: 'in_doubt' },
    reads: { size: limits.readConnections, statementMs: limits.readTimeoutMs, inTrouble: 'never' },
    fences: FENCE_LIMITS,
    background: {
      size: limits.backgroundConnections,
      statementMs: limits.backgroundTimeoutMs,
      inTrouble: 'never',
    },
  };
}

/** Waiting for the schema lock of another replica included; beyond this a step is stuck, not slow. */
const SCHEMA_LIMITS: PoolLimits = { size: 1, statementMs: 120_000, inTrouble: 'in_doubt' };

/** Longest for a step of the queue's own schema; a network that went dead is noticed by it too. */
const JOB_TIMEOUT_MS = 30_000;

export class PostgresSource implements DatabaseSource {
  readonly backend = 'postgres';
  readonly address: StoreAddress;
  readonly #indexes: IndexBuilder;

  constructor(
    private readonly url: Secret,
    private readonly limits: DatabaseLimits = DATABASE_LIMITS,
  ) {
    this.address = storeAddressOf(url);
    this.#indexes = new IndexBuilder(url);
  }

  async connect(): Promise<Connections> {
    const steps = this.#open(SCHEMA_LIMITS);
    try {
      await applySchema(steps.db);
      this.#indexes.start();
      const missing = (await missingIndexes(steps.db)).filter(({ without }) => without === 'refused');
      // Tried again soon; meanwhile the process is not ready, and those of the version before go on.
      if (missing.length > 0) throw new IndexMissingError(missing.map(({ name }) => name));
    } finally {
      await steps.close();
    }
    const limits = lanesOf(this.limits);
    const lanes = {
      writes: this.#open(limits.writes),
      reads: this.#open(limits.reads),
      fences: this.#open(limits.fences),
      background: this.#open(limits.background),
    };
    return {
      db: (lane) => lanes[lane].db,
      execute: (lane, statement, values) => lanes[lane].pool.execute(statement, values),
      executeSql: (text, values = []) => lanes.background.pool.executeSql(text, values, JOB_TIMEOUT_MS),
      close: async () => {
        await Promise.all(Object.values(lanes).map(({ close }) => close()));
      },
    };
  }

  close(): Promise<void> {
    return this.#indexes.stop();
  }

  #open(limits: PoolLimits) {
    const pool = new BoundedPool(this.url, limits);
    const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
    // Kysely leaves a pool alone that it has not used; jobs use it past Kysely.
    return { pool, db, close: () => pool.end() };
  }
}

/** PostgreSQL inside this process. It creates the folder at the first start, which takes some seconds. */
export class EmbeddedSource implements DatabaseSource {
  readonly backend = 'pglite';
  #ownLock: DataDirLock | undefined;
  #open: EmbeddedConnections | undefined;

  /**
   * Without a folder the database lives in memory and ends with the process. Without a lock of the folder, `connect`
   * takes one and `close` releases it; one that is given is released by its owner, who keeps more there.
   */
  constructor(
    private readonly dataDir?: string,
    private readonly lock?: DataDirLock,
  ) {}

  /** Two instances on one folder would destroy it: one that still works is used further, a broken one is closed. */
  async connect(): Promise<Connections> {
    if (this.dataDir !== undefined && !this.lock) this.#ownLock ??= new DataDirLock(this.dataDir);
    if (this.#open && !(await responds(this.#open.db()))) {
      await this.#open.close().catch(() => undefined);
      this.#open = undefined;
    }
    this.#open ??= await this.#create();
    return this.#open;
  }

  close(): Promise<void> {
    this.#ownLock?.release();
    this.#ownLock = undefined;
    return Promise.resolve();
  }

  async #create(): Promise<EmbeddedConnections> {
    const { PGlite } = await import('@electric-sql/pglite');
    const pglite = await this.#createIn((dataDir) =>
      PGlite.create({ ...(dataDir !== undefined && { dataDir }), parsers: { [INT8]: Number } }),
    );
    const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) });
    await applySchema(db);
    // One process alone has it, and is not yet at work.
    if ((await missingIndexes(db)).length > 0) await createIndexes(db);
    return new EmbeddedConnections(pglite, db);
  }

  /** Of a folder that it cannot use, PGlite reports no reason, or never ends. */
  async #createIn(create: (dataDir?: string) => Promise<PGlite>): Promise<PGlite> {
    if (this.dataDir === undefined) return create();
    const folder = join(this.dataDir, 'pglite');
    // Not of what a symbolic link leads to: its file system may not be mounted.
    const isNew = lstatSync(folder, { throwIfNoEntry: false }) === undefined;
    try {
      ensureFolder(folder);
      return await create(folder);
    } catch (error) {
      const refusal = new EmbeddedDatabaseUnusableError(folder, error);
      // A new one that is half made, on a full disk for example, would be a damaged one for the next start.
      if (isNew) rmSync(folder, { recursive: true, force: true });
      throw refusal;
    }
  }
}

/** One session for everything. */
export class EmbeddedConnections implements Connections {
  constructor(
    private readonly pglite: PGlite,
    private readonly kysely: Kysely<Schema>,
  ) {}

  db(): Kysely<Schema> {
    return this.kysely;
  }

  execute(
    _lane: Lane,
    { text }: PreparedStatement,
    values: readonly StatementValue[],
  ): Promise<{ rows: unknown[] }> {
    return this.kysely.executeQuery(CompiledQuery.raw(text, [...values]));
  }

  close(): Promise<void> {
    return this.kysely.destroy();
  }

  /**
   * All callers share one session, so SQL with its own BEGIN and COMMIT runs inside PGlite's transaction: no other
   * statement comes between, and after an error the session is rolled back before the next one. (Its inner BEGIN and
   * the outer COMMIT then only cause warnings.)
   */
  async executeSql(text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
    if (values.length > 0) return this.pglite.query(text, values);
    const results = await (/^\s*begin\b/i.test(text)
      ? this.pglite.transaction((transaction) => transaction.exec(text))
      : this.pglite.exec(text));
    return { rows: results.flatMap(({ rows }) => rows) };
  }
}

function responds(db: Kysely<Schema>): Promise<boolean> {
  return sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
}
