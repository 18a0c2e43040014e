import type { Secret } from '../../config/secrets/secret.js';

/** Parameters and results of the Import2 client, in our terms. An absent value is null. */

/**
 * Characters. The vendor's longest sample has 32; 128 leaves room and keeps a path with an id far below the limit of
 * any server.
 */
export const MIGRATION_ID_LENGTH_MAX = 128;

/** The vendor has no status for failed or cancelled migrations: those are missing (Import2 E3). */
export const MIGRATION_STATUSES = [
  'collecting_credentials',
  'waiting_for_sample',
  'sample_in_progress',
  'sample_completed',
  'in_preparation',
  'in_progress',
  'completed',
  'undo_in_progress',
  'undone',
  'unknown',
] as const;

export type MigrationStatus = (typeof MIGRATION_STATUSES)[number];

/** A tool that customers can be moved from. */
export interface MigrationTool {
  /** The value of `sourceTool`. */
  readonly name: string;
  readonly label: string;
}

export interface NewMigration {
  readonly sourceTool: string;
  readonly destinationInstanceUrl?: string;
  /** The only key by which the vendor lists migrations (Import2 E2). */
  readonly destinationUsername?: string;
  readonly destinationToken?: Secret;
  /** Skips the sample; the tenant then pays (Import2 E2). */
  readonly startFull?: boolean;
}

export interface StartedMigration {
  readonly id: string;
  /** The page where the customer enters credentials. A secret: it gives access to the migration (Import2 E3). */
  readonly redirectUrl: string;
}

export interface MigratedUsers {
  readonly sourceTool: number | null;
  readonly destinationTool: number | null;
  readonly matched: number | null;
}

/** A status of a migration that Import2 reported by webhook (Import2 E4). */
export interface AnnouncedStep {
  readonly migrationId: string;
  /** The vendor's raw `status`. */
  readonly upstreamStatus: string | null;
  /** The vendor's raw `status_code`; no list of its values exists. */
  readonly upstreamStatusCode: string | null;
  readonly users: MigratedUsers | null;
  /** Milliseconds since 1970; null in webhooks before 2024. Time of the event or of sending, unknown which (Import2 G27). */
  readonly timestampMs: number | null;
}

/** A move of a customer's data from one tool to another. */
export interface Migration {
  readonly id: string;
  readonly status: MigrationStatus;
  /** The vendor's raw `status`. */
  readonly upstreamStatus: string | null;
  /** Count per item type, for example `contacts`: 234; null before the vendor has counted (Import2 E3). */
  readonly items: Readonly<Record<string, number>> | null;
  readonly users: MigratedUsers | null;
}
