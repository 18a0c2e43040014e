/** Wording of the statuses: the two that are in use side by side (Import2 E3). */
export type StatusGeneration = 'v2.1' | 'v2';

/** Every status of a migration with its v2 text, if it has one (Import2 E3). */
const OLD_TEXTS = {
  'Collecting credentials': 'Collecting Credentials',
  'Waiting to start sample migration': 'Waiting to Start Sample Import',
  'Sample migration in progress': 'Sample Import in Progress',
  'Sample migration completed': 'Sample Import Completed',
  'In preparation': undefined,
  'Migration in progress': 'Import in Progress',
  'Migration completed': 'Import Completed',
  'Undo in progress': undefined,
  'Migration cleaned': undefined,
} as const;

export type MigrationStatus = keyof typeof OLD_TEXTS;

/** What determines the next status. */
export interface Course {
  readonly startFull: boolean;
  readonly paid: boolean;
}

/** A status that is newer than v2 has one text only. */
export function statusText(status: MigrationStatus, generation: StatusGeneration): string {
  return generation === 'v2' ? (OLD_TEXTS[status] ?? status) : status;
}

/**
 * The next status, undefined for a final one. Transitions are not documented (Import2 G22): this is the order of the
 * vendor's table, with "In preparation" between payment and the full run. `start_full` skips the sample and means that
 * the partner pays; otherwise the customer pays, unless the partner accepts the payment.
 */
export function nextStatus(
  status: MigrationStatus,
  { startFull, paid }: Course,
): MigrationStatus | undefined {
  switch (status) {
    case 'Collecting credentials':
      return startFull ? 'In preparation' : 'Waiting to start sample migration';
    case 'Waiting to start sample migration':
      return 'Sample migration in progress';
    case 'Sample migration in progress':
      return 'Sample migration completed';
    case 'Sample migration completed':
      return paid ? 'In preparation' : 'Migration in progress';
    case 'In preparation':
      return 'Migration in progress';
    case 'Migration in progress':
      return 'Migration completed';
    case 'Undo in progress':
      return 'Migration cleaned';
    case 'Migration completed':
    case 'Migration cleaned':
      return undefined;
  }
}

/** Whether the customer's data was read, so that there are counts and something to undo. */
export function hasReadData(status: MigrationStatus, { startFull }: Course): boolean {
  switch (status) {
    case 'Collecting credentials':
    case 'Waiting to start sample migration':
      return false;
    case 'In preparation':
      return !startFull;
    default:
      return true;
  }
}

/**
 * The `status_code` of the webhook on reaching a status, `undefined` where none is sent (Import2 E4). "Customer started
 * a new migration" is taken as the first step that reads data, as in the documented sample. Only two codes were ever
 * seen.
 */
export function webhookCode(status: MigrationStatus, { startFull }: Course): string | undefined {
  switch (status) {
    case 'Sample migration in progress':
    case 'Undo in progress':
      return 'scheduled';
    case 'Migration in progress':
      return startFull ? 'scheduled' : undefined;
    case 'Sample migration completed':
    case 'Migration completed':
    case 'Migration cleaned':
      return 'finished';
    case 'Collecting credentials':
    case 'Waiting to start sample migration':
    case 'In preparation':
      return undefined;
  }
}
