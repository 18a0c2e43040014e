import type { Secret } from '../../config/secret.js';

/** What the Import2 client takes and answers: our nouns, our types. Absent means null. */

/**
 * Characters of an id, at most. The vendor's longest sample has 32; 128 leaves room and keeps a path with one far
 * below every server's limit.
 */
export const MIGRATION_ID_LENGTH_MAX = 128;

/** Where a migration stands. The vendor has no state for failed or cancelled ones: those are missing (Import2 E3). */
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
  /** What `sourceTool` takes. */
  readonly name: string;
  readonly label: string;
}

export interface NewMigration {
  readonly sourceTool: string;
  readonly destinationInstanceUrl?: string;
  /** The only key by which the vendor finds migrations again (Import2 E2). */
  readonly destinationUsername?: string;
  readonly destinationToken?: Secret;
  /** Skips the sample; the tenant then pays (Import2 E2). */
  readonly startFull?: boolean;
}

export interface StartedMigration {
  readonly id: string;
  /** Where the customer enters credentials. Whoever has it acts for the customer (Import2 E3): never log it. */
  readonly redirectUrl: string;
}

export interface MigratedUsers {
  readonly sourceTool: number | null;
  readonly destinationTool: number | null;
  readonly matched: number | null;
}

/** A step of a migration that Import2 announced by webhook (Import2 E4). */
export interface AnnouncedStep {
  readonly migrationId: string;
  /** The vendor's raw `status`. */
  readonly upstreamStatus: string | null;
  /** The vendor's raw `status_code`; no list of its values exists. */
  readonly upstreamStatusCode: string | null;
  readonly users: MigratedUsers | null;
  /** Milliseconds since 1970; null in webhooks older than 2024. Whether it is the step's or the sending's is open. */
  readonly timestampMs: number | null;
}

/** A customer on the way from one tool to another. */
export interface Migration {
  readonly id: string;
  readonly status: MigrationStatus;
  /** The vendor's raw `status`. */
  readonly upstreamStatus: string | null;
  /** Item type -> count, for example `contacts` -> 234; null before the vendor has counted (Import2 E3). */
  readonly items: Readonly<Record<string, number>> | null;
  readonly users: MigratedUsers | null;
}
