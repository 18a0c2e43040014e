import type { DatabaseTrouble } from './database.trouble.js';

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
