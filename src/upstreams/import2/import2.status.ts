import type { MigrationStatus } from './import2.types.js';

/** Lowercase statuses of every version of the API: v2.1, v2 and the two values seen in v1 (Import2 E3). */
const STATUS_OF_TEXT: ReadonlyMap<string, MigrationStatus> = new Map([
  ['collecting credentials', 'collecting_credentials'],
  ['waiting to start sample migration', 'waiting_for_sample'],
  ['waiting to start sample import', 'waiting_for_sample'],
  ['sample migration in progress', 'sample_in_progress'],
  ['sample import in progress', 'sample_in_progress'],
  ['sample migration completed', 'sample_completed'],
  ['sample import completed', 'sample_completed'],
  ['in preparation', 'in_preparation'],
  ['migration in progress', 'in_progress'],
  ['import in progress', 'in_progress'],
  ['in_progress', 'in_progress'],
  ['migration completed', 'completed'],
  ['import completed', 'completed'],
  ['finished', 'completed'],
  ['undo in progress', 'undo_in_progress'],
  ['migration cleaned', 'undone'],
]);

/** A status of no known version is `unknown`, not an error: the vendor has renamed its statuses twice. */
export function statusOf(text: string | null): MigrationStatus {
  return STATUS_OF_TEXT.get(text?.trim().toLowerCase() ?? '') ?? 'unknown';
}
