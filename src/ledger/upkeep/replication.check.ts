import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../store/database/database.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';

/** Standbys come and go with maintenance, which takes minutes. */
const CHECK_PAUSE_MS = 10 * 60_000;

/** How the server is replicated. A role without `pg_monitor` sees that standbys are there, but not how they are kept. */
export interface Replication {
  readonly standbys: number;
  readonly synchronous: number;
  /** Standbys whose kind this role may not see. */
  readonly hidden: number;
  /** `synchronous_standby_names`, which every role may read. */
  readonly names: string;
}

/** Base backups and logical subscribers are no standbys: nothing fails over to them. */
const REPLICATION = sql<Replication>`
  select count(*)::int as standbys,
    count(*) filter (where sync_state in ('sync', 'quorum'))::int as synchronous,
    count(*) filter (where sync_state is null)::int as hidden,
    current_setting('synchronous_standby_names') as names
  from pg_stat_replication
  where state is distinct from 'backup' and not exists (
    select from pg_replication_slots
    where active_pid = pg_stat_replication.pid and slot_type = 'logical')`;

/** Whether a failover could lose what the ledger has committed. */
export function mayLoseCommits({ standbys, synchronous, hidden, names }: Replication): boolean {
  if (standbys === 0 || synchronous > 0) return false;
  return names.trim() === '' || hidden === 0;
}

/** Warns, at the start and again when it changes, of standbys that may lack what was committed. */
@Injectable()
export class ReplicationCheck implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('ReplicationCheck');
  readonly #task = new PeriodicTask('ReplicationCheck', CHECK_PAUSE_MS, () => this.check());
  #warned = false;

  constructor(private readonly database: Database) {}

  onApplicationBootstrap(): void {
    // The database reports its own absence.
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
