import type { Caller } from './caller.js';
import { isWithinRestriction } from '../../ledger/queries/operation.restriction.js';
import type { Operation } from '../../ledger/operation.types.js';

/** Whether the caller may decide operations of its tenant, and so see all of them. */
export function decides({ scopes }: Pick<Caller, 'scopes'>): boolean {
  return scopes.has('operations:resolve');
}

/**
 * An operation is visible to the caller that requested it and to callers of its tenant that may decide it; for all others
 * it does not exist.
 */
export function isVisible(caller: Caller, operation: Operation): boolean {
  return (
    caller.tenants.includes(operation.tenant) &&
    (operation.caller === caller.name || decides(caller)) &&
    isWithinRestriction(caller.resources, operation)
  );
}
