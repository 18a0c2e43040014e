import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Secret } from '../../config/secrets/secret.js';
import { DATABASE_CONNECT_TIMEOUT_MS } from '../database/pool/bounded.pool.js';
import { messageOf } from '../database/database.errors.js';
import { kindOf, SCHEMA_INDEXES, type SchemaIndex } from './schema.indexes.js';

/** First half of the lock's number, "indx" in ASCII; the second half is the schema. */
const LOCK_NUMBER = 0x696e6478;

/** Another replica builds, or this one failed: it is not urgent. */
const RETRY_MS = 30_000;

/** Servers and poolers end idle transactions; the one that holds the lock sends a statement more often than that. */
const KEEP_LOCK_MS = 3_000;

interface IndexState {
  readonly valid: boolean;
  readonly building: boolean;
}

/**
 * Builds the indexes that are missing without locking writers, beside the work of the process, and over all replicas
 * one at a time. What a build left behind that was broken off is dropped and built again.
 */
export class IndexBuilder {
  readonly #log = new Logger('IndexBuilder');
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly url: Secret,
    private readonly indexes: readonly SchemaIndex[] = SCHEMA_INDEXES,
    private readonly retryMs = RETRY_MS,
  ) {}

  start(): void {
    this.#running ??= this.#runUntilDone();
  }

  /** A build goes on in the server, or leaves something that the next start builds again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #runUntilDone(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (await this.#runOnce()) return;
      } catch (error) {
        if (!signal.aborted) this.#log.warn(`indexes are not complete yet: ${messageOf(error)}`);
      }
      await sleep(this.retryMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Whether all are there. */
  #runOnce(): Promise<boolean> {
    return this.#connected(async (work) => {
      if (await this.#areComplete(work)) return true;
      return this.#connected(async (lock) => {
        // In a transaction, because a pooler gives each one another session. Never waited for: a build waits for
        // every statement that began before it, and would wait for this one.
        await lock.query('begin isolation level read committed');
        await lock.query(`select set_config('idle_in_transaction_session_timeout', '0', true)`);
        const { rows } = await lock.query<{ mine: boolean }>(
          `select pg_try_advisory_xact_lock(${LOCK_NUMBER}, hashtext(coalesce(current_schema(), ''))) as mine`,
        );
        if (!rows[0]?.mine) return false;
        const keeping = setInterval(() => void lock.query('select 1').catch(() => undefined), KEEP_LOCK_MS);
        try {
          await this.#build(work);
        } finally {
          clearInterval(keeping);
        }
        return this.#areComplete(work);
      });
    });
  }

  async #build(work: Client): Promise<void> {
    await allowTime(work);
    for (const index of this.indexes) {
      const state = await stateOf(work, index.name);
      if (state?.building) continue;
      if (state && !state.valid) await work.query(`drop index concurrently if exists ${index.name}`);
      if (!state?.valid) {
        this.#log.log(`builds the index ${index.name}`);
        await work.query(`create ${kindOf(index)} concurrently ${index.name} on ${index.on}`);
      }
      for (const old of index.replaces) await work.query(`drop index concurrently if exists ${old}`);
    }
  }

  async #areComplete(work: Client): Promise<boolean> {
    for (const { name, replaces } of this.indexes) {
      if (!(await stateOf(work, name))?.valid) return false;
      for (const old of replaces) if (await stateOf(work, old)) return false;
    }
    return true;
  }

  async #connected<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({
      connectionString: this.url.reveal(),
      application_name: 'tollgate indexes',
      connectionTimeoutMillis: DATABASE_CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => undefined);
    const end = (): void => void client.end().catch(() => undefined);
    this.#stopping.signal.addEventListener('abort', end);
    try {
      await client.connect();
      return await use(client);
    } finally {
      this.#stopping.signal.removeEventListener('abort', end);
      await client.end().catch(() => undefined);
    }
  }
}

/** undefined: there is none of this name. */
async function stateOf(client: Client, name: string): Promise<IndexState | undefined> {
  const { rows } = await client.query<IndexState>(
    `select indisvalid as valid,
       exists (select from pg_stat_progress_create_index where index_relid = indexrelid) as building
     from pg_index where indexrelid = to_regclass('${name}')`,
  );
  return rows[0];
}

/**
 * A limit of the role would cancel a build of minutes. Behind a pooler the session is shared, so its limit stays: there
 * the process ids differ.
 */
async function allowTime(client: Client): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { processID } = client as unknown as { processID: number | null };
  if (rows[0]?.pid === processID) await client.query('set statement_timeout = 0');
}
