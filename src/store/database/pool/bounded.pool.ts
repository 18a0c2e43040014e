import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { DatabaseError, Pool, type PoolClient, type PoolConfig, type QueryResult, TypeOverrides } from 'pg';
import type { Secret } from '../../../config/secrets/secret.js';
import { BoundedQuery, type Done, type QueryBounds } from './bounded.query.js';
import {
  ConnectionFailedError,
  ConnectionsBusyError,
  messageOf,
  NoResponseError,
} from '../database.errors.js';
import { isNotKept, PreparedQuery, preparedSettings } from './prepared.query.js';
import type { PreparedStatement, StatementValue } from './prepared.statement.js';

/** 64-bit integers (counts) as numbers on both drivers; all of ours are far below 2^53. */
export const INT8 = 20;

/** A server that accepts no connection in 2 s is down for us: an interactive write must be refused quickly. */
export const DATABASE_CONNECT_TIMEOUT_MS = 2_000;

/** Measured by the client: covers a dead network. Longer than the server's own timeout. */
const CLIENT_TIMEOUT_EXTRA_MS = 1_000;

/** Only schema steps use transactions; a session that dies inside one must not hold its lock for longer. */
const IDLE_IN_TRANSACTION_MS = 10_000;

/** Connections opened for a peak are given back soon. */
const IDLE_MS = 10_000;

/** Message of pg-pool when no connection was free within the connect timeout. */
const BUSY = 'timeout exceeded when trying to connect';

/** Message of pg when the client's own time limit of a statement has passed. */
const NO_RESPONSE = 'Query read timeout';

export interface PoolLimits {
  /** Connections at most. */
  readonly size: number;
  /** The server cancels a statement after so long. */
  readonly statementMs: number;
  /**
   * What becomes of all connections when none of these is free, or one does not respond, in time. `never` where slow
   * statements are expected: those of writes must not be renewed for them, and a server that is gone is noticed there.
   */
  readonly inTrouble: 'in_doubt' | 'never';
  /** A connection without work is closed after so long. Default: 10 s. */
  readonly idleMs?: number;
}

/**
 * Connections to PostgreSQL. What is promised of a transaction is set with the transaction and not with the session: a
 * pooler in transaction mode has no sessions, and refuses or ignores the parameters of one.
 */
export class BoundedPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #limits: PoolLimits;
  readonly #bounds: QueryBounds;
  readonly #clients = new WeakMap<PoolClient, PostgresPoolClient>();
  readonly #preparedSettings: PreparedStatement;
  readonly #kept = new WeakMap<PoolClient, Set<string>>();
  /** False from the first time that a session did not have what it had kept. */
  #keepsStatements = true;

  constructor(url: Secret, limits: PoolLimits) {
    const { size, statementMs, idleMs = IDLE_MS } = limits;
    this.#limits = limits;
    this.#bounds = {
      settings: settingsOf(statementMs),
      timeoutMs: statementMs + CLIENT_TIMEOUT_EXTRA_MS,
    };
    this.#preparedSettings = preparedSettings(this.#bounds.settings);
    const types = new TypeOverrides();
    types.setTypeParser(INT8, Number);
    this.#pool = new Pool({
      connectionString: url.reveal(),
      application_name: 'tollgate',
      connectionTimeoutMillis: DATABASE_CONNECT_TIMEOUT_MS,
      keepAlive: true,
      idleTimeoutMillis: idleMs,
      types,
      max: size,
    });
    // A connection that breaks, idle or in use, is replaced by the pool, and its query fails by itself; but an
    // error event without a listener would end the process.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  get options(): PoolConfig {
    return this.#pool.options;
  }

  /** @throws ConnectionFailedError, ConnectionsBusyError */
  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#checkOut();
    let bounded = this.#clients.get(client);
    if (!bounded) {
      bounded = this.#bounded(client);
      this.#clients.set(client, bounded);
    }
    return bounded;
  }

  /** Executes one statement, which the server parses and plans once for each connection. */
  async execute(statement: PreparedStatement, values: readonly StatementValue[]): Promise<QueryResult> {
    const client = await this.#checkOut();
    let isBroken = false;
    try {
      return await this.#executeOn(client, statement, values);
    } catch (error) {
      isBroken = !(error instanceof DatabaseError);
      throw this.#noResponse(error);
    } finally {
      client.release(isBroken || !isIdle(client));
    }
  }

  /** One text as it is, perhaps of several statements with their own transaction: for SQL that is not ours. */
  async executeSql(text: string, values: unknown[], timeoutMs: number): Promise<{ rows: unknown[] }> {
    const client = await this.#checkOut();
    try {
      const result: { rows: unknown[] } | { rows: unknown[] }[] = await client.query(
        Object.assign({ text, query_timeout: timeoutMs }, values.length > 0 ? { values } : {}),
      );
      client.release();
      return Array.isArray(result) ? { rows: result.flatMap(({ rows }) => rows) } : result;
    } catch (error) {
      // It may be inside a transaction that has failed, or still busy.
      client.release(true);
      throw error;
    }
  }

  /** Once the last query has ended. */
  end(): Promise<void> {
    return this.#pool.end();
  }

  async #checkOut(): Promise<PoolClient> {
    const { size, inTrouble } = this.#limits;
    try {
      return await this.#pool.connect();
    } catch (error) {
      // The pool's message about its queue; a server that does not respond has another.
      if (messageOf(error) === BUSY) throw new ConnectionsBusyError(size, inTrouble, error);
      throw new ConnectionFailedError(error);
    }
  }

  #bounded(client: PoolClient): PostgresPoolClient {
    let isBroken = false;
    const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
      try {
        return await this.#send(client, text, [...values]);
      } catch (error) {
        // Given up by the client, not refused by the server: the statement may still run there.
        isBroken ||= !(error instanceof DatabaseError);
        throw this.#noResponse(error);
      }
    };
    return {
      query: query as PostgresPoolClient['query'],
      release: (discard = false) => client.release(discard || isBroken || !isIdle(client)),
    };
  }

  async #executeOn(
    client: PoolClient,
    statement: PreparedStatement,
    values: readonly StatementValue[],
  ): Promise<QueryResult> {
    if (this.#keepsStatements) {
      try {
        return await this.#sendPrepared(client, statement, values);
      } catch (error) {
        if (!isNotKept(error)) throw error;
        this.#keepsStatements = false;
      }
    }
    return this.#sendBounded(client, statement.text, [...values]);
  }

  async #sendPrepared(
    client: PoolClient,
    statement: PreparedStatement,
    values: readonly StatementValue[],
  ): Promise<QueryResult> {
    const kept = this.#kept.get(client) ?? new Set();
    this.#kept.set(client, kept);
    const settings = this.#preparedSettings;
    const result = await settled((done) =>
      client.query(new PreparedQuery({ statement, values, settings, kept }, this.#bounds, done)),
    );
    kept.add(settings.name).add(statement.name);
    return result;
  }

  #send(client: PoolClient, text: string, values: unknown[]): Promise<unknown> {
    // Inside a transaction the settings hold already.
    return isIdle(client) ? this.#sendBounded(client, text, values) : client.query(text, values);
  }

  #sendBounded(client: PoolClient, text: string, values: unknown[]): Promise<QueryResult> {
    return settled((done) => client.query(new BoundedQuery(text, values, this.#bounds, done)));
  }

  #noResponse(error: unknown): unknown {
    return messageOf(error) === NO_RESPONSE ? new NoResponseError(this.#limits.inTrouble, error) : error;
  }
}

function settled(send: (done: Done) => void): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    send((error, result) => (error ? reject(error) : resolve(result)));
  });
}

function isIdle(client: PoolClient): boolean {
  return (client.getTransactionStatus() ?? 'I') === 'I';
}

/**
 * A server may be set to confirm commits before they are on disk, or before its standby has them. Then its crash takes
 * back an intent whose call has left, and the key would run again. Stricter settings stay as they are.
 */
function settingsOf(statementMs: number): string {
  return `select set_config('statement_timeout', '${statementMs}', true),
    set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', true),
    set_config('synchronous_commit', case when current_setting('synchronous_commit') in ('off', 'local')
      then 'on' else current_setting('synchronous_commit') end, true)`;
}
