import type { Caller } from './caller.js';
import { isWithinReach } from '../../ledger/queries/operation.reach.js';
import type { Operation } from '../../ledger/operation.types.js';

/** Whether the caller decides about the operations of its tenant, and so sees all of them. */
export function decides({ scopes }: Pick<Caller, 'scopes'>): boolean {
  return scopes.has('operations:resolve');
}

/**
 * An operation is visible to the caller that asked for it, and to those of its tenant who may decide about it; to all
 * others it does not exist.
 */
export function isVisible(caller: Caller, operation: Operation): boolean {
  return (
    operation.tenant === caller.tenant &&
    (operation.caller === caller.name || decides(caller)) &&
    isWithinReach(caller.resources, operation)
  );
}
