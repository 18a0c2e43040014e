import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../store/database/database.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';

/** Standbys change with maintenance, which takes minutes. */
const CHECK_PAUSE_MS = 10 * 60_000;

/** Replication of the server. A role without `pg_monitor` can see that standbys exist, but not their state. */
export interface Replication {
  readonly standbys: number;
  readonly synchronous: number;
  /** Standbys whose state this role may not see. */
  readonly hidden: number;
  /** `synchronous_standby_names`, readable by every role. */
  readonly names: string;
}

/** Base backups and logical subscribers are not standbys: no failover leads to them. */
const REPLICATION = sql<Replication>`
  select count(*)::int as standbys,
    count(*) filter (where sync_state in ('sync', 'quorum'))::int as synchronous,
    count(*) filter (where sync_state is null)::int as hidden,
    current_setting('synchronous_standby_names') as names
  from pg_stat_replication
  where state is distinct from 'backup' and not exists (
    select from pg_replication_slots
    where active_pid = pg_stat_replication.pid and slot_type = 'logical')`;

/** Whether a failover could lose committed rows of the ledger. */
export function mayLoseCommits({ standbys, synchronous, hidden, names }: Replication): boolean {
  if (standbys === 0 || synchronous > 0) return false;
  return names.trim() === '' || hidden === 0;
}

/** Warns, at the start and on every change, if no standby is guaranteed to have every commit. */
@Injectable()
export class ReplicationCheck implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('ReplicationCheck');
  readonly #task = new PeriodicTask('ReplicationCheck', CHECK_PAUSE_MS, () => this.check());
  #warned = false;

  constructor(private readonly database: Database) {}

  onApplicationBootstrap(): void {
    // Database logs its own outage.
    this.check().catch(() => undefined);
    this.#task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#task.stop();
  }

  /** @throws DatabaseUnavailableError */
  async check(): Promise<void> {
    const { rows } = await this.database.run((db) => REPLICATION.execute(db), 'background');
    const [replication] = rows;
    const inDanger = replication !== undefined && mayLoseCommits(replication);
    if (inDanger && !this.#warned) {
      this.#log.warn(
        `PostgreSQL has ${replication.standbys} standbys and none is synchronous: a failover may lose writes that ` +
          'were recorded, and their keys may run again. See "What PostgreSQL must promise" in docs/operations.md',
      );
    }
    if (!inDanger && this.#warned) this.#log.log('PostgreSQL has a synchronous standby, or none at all');
    this.#warned = inDanger;
  }
}
