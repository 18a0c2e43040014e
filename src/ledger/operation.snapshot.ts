import type { SnapshotPolicy } from '../config/settings/evidence.settings.js';
import type { OperationDeclaration } from './operation.kind.js';
import type { Operation } from './operation.types.js';

/** What was read before the call, as it is stored with the operation. */
export interface Snapshot {
  /** RFC 3339 in UTC. */
  readonly at: string;
  readonly asked: string;
  /** JSON without secrets; null when it could not be read. */
  readonly seen: unknown;
  /** Why `seen` is null, in public words. */
  readonly because?: string;
}

/** Whether a tenant's settings have a snapshot read before writes of this kind. */
export function readsSnapshot({ snapshot }: OperationDeclaration, policy: SnapshotPolicy): boolean {
  return snapshot !== undefined && policy !== 'off' && (snapshot !== 'costly' || policy === 'all');
}

/** What was read before the call; undefined when nothing was. */
export function readBefore({ snapshot }: Pick<Operation, 'snapshot'>): Snapshot | undefined {
  const stored = snapshot as Partial<Snapshot> | null;
  return stored?.seen === undefined || stored.seen === null ? undefined : (stored as Snapshot);
}

/** Whether a creation's snapshot lists the migration: then the call cannot have begun it. */
export function migrationListedBefore(operation: Pick<Operation, 'snapshot'>, migrationId: string): boolean {
  const seen = readBefore(operation)?.seen as { migrations?: readonly { readonly id: string }[] } | undefined;
  return seen?.migrations?.some(({ id }) => id === migrationId) ?? false;
}
