/**
 * `starting`: no first connection yet. `ready`: schema applied, in use. `down`: lost or not there; a background
 * retry goes on. `refused`: reachable, but its schema is newer than this program. `closed`: shut down.
 */
export type DatabaseStatus = 'starting' | 'ready' | 'down' | 'refused' | 'closed';

export interface DatabaseState {
  readonly status: DatabaseStatus;
  readonly since: Date;
  /** Internal text, for logs and operators; null while all is well. */
  readonly reason: string | null;
}
