/**
 * `starting`: no first connection yet. `ready`: schema applied, takes writes. `degraded`: in use, but something of it is
 * refused. `down`: lost or not there. `refused`: reachable, but its schema is newer than this program. `closed`: shut
 * down. While it is neither ready nor closed, a background retry goes on.
 */
export type DatabaseStatus = 'starting' | 'ready' | 'degraded' | 'down' | 'refused' | 'closed';

export interface DatabaseState {
  readonly status: DatabaseStatus;
  readonly since: Date;
  /** Public word for the reason; null while all is well. */
  readonly trouble: DatabaseTrouble | null;
  /** Internal text, for logs and operators; null while all is well. */
  readonly reason: string | null;
  /** Whether a write was possible when it was last tried; a degraded database may still take some. */
  readonly takesWrites: boolean;
}

/**
 * Why the database is of no or limited use; words for operators, in `/health/ready`, in the metrics and in the problem
 * of a refused write. No host, name or text of the server is in them: anyone may read them.
 */
export const DATABASE_TROUBLES = [
  /** No first connection yet. */
  'starting',
  /** No connection, or none that responds. */
  'unreachable',
  /** A standby, or set to read-only: reads work, writes do not. */
  'read_only',
  /** The role or its password is not accepted any more. */
  'login_refused',
  'database_missing',
  /** The tables of the ledger are not there. */
  'schema_missing',
  /** A newer program has changed the tables. */
  'schema_newer',
  /** An index that the ledger's promises rest on is being built, after an update. */
  'index_missing',
  /** The role lacks a right that it needs. */
  'permission_denied',
  /** Disk, memory or connections are used up. */
  'out_of_resources',
  /** The server reports an error of its own. */
  'server_error',
] as const;

export type DatabaseTrouble = (typeof DATABASE_TROUBLES)[number];
