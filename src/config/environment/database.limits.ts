import type { EnvironmentReader } from './environment.reader.js';

/** How much of PostgreSQL one process takes, for each kind of work. */
export interface DatabaseLimits {
  /** Connections for claims, responses and decisions. */
  readonly writeConnections: number;
  /** Connections for lists and lookups of callers. */
  readonly readConnections: number;
  /** Connections for evidence, retention and jobs. */
  readonly backgroundConnections: number;
  /** A list or lookup that takes longer is refused. */
  readonly readTimeoutMs: number;
  /** A statement of background work that takes longer is cancelled and retried later. */
  readonly backgroundTimeoutMs: number;
}

/** With all of them, six replicas stay below 100 connections, PostgreSQL's default maximum. */
export const DATABASE_LIMITS: DatabaseLimits = {
  // One write needs a connection for about 2 ms, twice: 10 carry about 2,500 writes/s.
  writeConnections: 10,
  // A page takes some milliseconds of an index: 3 carry some hundred a second.
  readConnections: 3,
  backgroundConnections: 2,
  // One that takes so long is refused rather than kept: others wait for its connection.
  readTimeoutMs: 2_000,
  // A batch of retention takes 50 ms.
  backgroundTimeoutMs: 10_000,
};

/** Fewer would let batches of claims, batches of responses and single claims wait for each other. */
const WRITE_CONNECTIONS_MIN = 4;

/** More connections than this only make PostgreSQL slower. */
const CONNECTIONS_MAX = 200;

export function readDatabaseLimits(reader: EnvironmentReader): DatabaseLimits {
  const connections = (name: string, fallback: number, min: number) =>
    reader.number(`DATABASE_${name}_CONNECTIONS`, fallback, { min, max: CONNECTIONS_MAX });
  return {
    writeConnections: connections('WRITE', DATABASE_LIMITS.writeConnections, WRITE_CONNECTIONS_MIN),
    readConnections: connections('READ', DATABASE_LIMITS.readConnections, 1),
    backgroundConnections: connections('BACKGROUND', DATABASE_LIMITS.backgroundConnections, 1),
    readTimeoutMs: reader.number('DATABASE_READ_TIMEOUT_MS', DATABASE_LIMITS.readTimeoutMs, {
      min: 100,
      max: 60_000,
    }),
    backgroundTimeoutMs: reader.number(
      'DATABASE_BACKGROUND_TIMEOUT_MS',
      DATABASE_LIMITS.backgroundTimeoutMs,
      {
        min: 1_000,
        max: 600_000,
      },
    ),
  };
}
