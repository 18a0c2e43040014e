import type { SnapshotPolicy } from '../config/settings/evidence.settings.js';
import type { OperationDeclaration } from './operation.declaration.js';
import type { Operation } from './operation.types.js';

/** Snapshot read before the call, as stored with the operation. */
export interface Snapshot {
  /** RFC 3339 in UTC. */
  readonly at: string;
  readonly asked: string;
  /** JSON without secrets; null if it could not be read. */
  readonly seen: unknown;
  /** Why `seen` is null; public text. */
  readonly because?: string;
}

/** Whether the tenant's settings request a snapshot before writes of this kind. */
export function readsSnapshot({ snapshot }: OperationDeclaration, policy: SnapshotPolicy): boolean {
  return snapshot !== undefined && policy !== 'off' && (snapshot !== 'costly' || policy === 'all');
}

/** The snapshot; undefined if none was read. */
export function readBefore({ snapshot }: Pick<Operation, 'snapshot'>): Snapshot | undefined {
  const stored = snapshot as Partial<Snapshot> | null;
  return stored?.seen === undefined || stored.seen === null ? undefined : (stored as Snapshot);
}

/** Whether the snapshot of a creation lists the migration: then this call cannot have started it. */
export function migrationListedBefore(operation: Pick<Operation, 'snapshot'>, migrationId: string): boolean {
  const seen = readBefore(operation)?.seen as { migrations?: readonly { readonly id: string }[] } | undefined;
  return seen?.migrations?.some(({ id }) => id === migrationId) ?? false;
}
