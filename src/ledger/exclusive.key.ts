import type { OperationKind } from './operation.kind.js';
import type { OperationSubject } from './operation.types.js';

const NUMERIC = /^\d+$/;

/** One spelling of an id: leading zeros and the case of letters make no other thing of it. */
export function normalId(id: string): string {
  return NUMERIC.test(id) ? id.replace(/^0+(?=\d)/, '') : id.toLowerCase();
}

/**
 * Whether two ids may name the same thing. A user has a number and a UUID (SPiD A8), a product an id and an alias
 * (SPiD B1), and which belong together cannot be read from the ids: only two of the same form are certainly different.
 */
export function mayBeSame(one: string, other: string): boolean {
  return NUMERIC.test(one) !== NUMERIC.test(other) || normalId(one) === normalId(other);
}

/** Names the thing of which one unfinished operation may exist in a vendor account; null: any number may. */
export function exclusiveKeyOf(kind: OperationKind, subject: OperationSubject): string | null {
  const { userId, productId, voucherGroupId } = subject;
  switch (kind) {
    case 'entitlement_grant':
    case 'entitlement_revoke':
      return userId === undefined || productId === undefined
        ? null
        : `entitlement ${normalId(userId)} ${normalId(productId)}`;
    case 'voucher_group_update':
      return voucherGroupId === undefined ? null : `voucher group ${normalId(voucherGroupId)}`;
    default:
      return null;
  }
}
