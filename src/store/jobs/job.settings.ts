import type { MaintenanceOptions, SchedulingOptions } from 'pg-boss';

/** The queue works through few small jobs: what it does on its own must not be noticed, on a laptop neither. */
export const JOB_INTERVALS: SchedulingOptions & MaintenanceOptions = {
  // No job here recurs on a schedule.
  schedule: false,
  // Frees the jobs of a process that died; they then begin again, so a minute is soon enough.
  superviseIntervalSeconds: 60,
  monitorIntervalSeconds: 60,
  // Deletes old rows.
  maintenanceIntervalSeconds: 24 * 60 * 60,
  // What it caches changes with the version of this program only.
  queueCacheIntervalSeconds: 10 * 60,
  // Builds indexes after an upgrade of the library.
  bamIntervalSeconds: 10 * 60,
  // No job waits for another one.
  flowIntervalSeconds: 24 * 60 * 60,
  // Its table holds some hundred rows; the care of the server is the operators'.
  reindex: false,
  monitorVacuum: false,
};

/**
 * Two ledgers in one database, each in a schema of its own, have a queue each.
 * @param ledgerSchema `current_schema()` of the ledger's connection
 */
export function jobSchemaName(ledgerSchema: string | null): string {
  const name = ledgerSchema ?? 'public';
  return name === 'public' ? 'tollgate_jobs' : `"${name.slice(0, LEDGER_SCHEMA_LENGTH_MAX)}_jobs"`;
}

/** The library takes names of 50 bytes. */
const LEDGER_SCHEMA_LENGTH_MAX = 45;
