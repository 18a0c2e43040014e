import type { PlannedWrite } from './planned.write.js';
import type { Random } from '../../support/random.js';
import type { UserProduct } from './resources.js';

/** A write before anybody has it planned. */
export type PossibleWrite = Omit<
  PlannedWrite,
  'name' | 'tenant' | 'caller' | 'key' | 'fault' | 'trap' | 'atMs'
> & {
  /** Without a key, where the API lets a write go without one. */
  readonly keyless?: true;
};

/** SPiD knows a user by number and by UUID, in capitals too (SPiD A8). */
export function entitlement(
  what: 'grant' | 'revoke',
  { user, productId }: UserProduct,
  random: Random,
): PossibleWrite {
  const spelling = random.pick([user.userId, user.userId, user.uuid, user.uuid.toUpperCase()]);
  return {
    kind: `entitlement_${what}`,
    method: what === 'grant' ? 'PUT' : 'DELETE',
    path: `/v1/users/${spelling}/entitlements/${productId}`,
    upstream: 'spid',
    operation: `product_${what}`,
    snapshot: 'product_get',
    subject: `entitlement ${user.userId}/${productId}`,
    effect: { userId: user.userId, productId },
  };
}

export function groupUpdate(voucherGroupId: string, title: string): PossibleWrite {
  return {
    kind: 'voucher_group_update',
    method: 'PATCH',
    path: `/v1/voucher-groups/${voucherGroupId}`,
    body: { title },
    upstream: 'spid',
    operation: 'voucher_group_update',
    snapshot: 'voucher_group_get',
    subject: `group ${voucherGroupId}`,
    effect: { voucherGroupId },
  };
}

export function migration(destinationUsername: string): PossibleWrite {
  return {
    kind: 'migration_create',
    method: 'POST',
    path: '/v1/migrations',
    body: { sourceTool: 'wordpress', destinationUsername },
    upstream: 'import2',
    operation: 'imports_create',
    snapshot: 'imports_list',
    subject: `username ${destinationUsername.toLowerCase()}`,
    effect: { destinationUsername },
  };
}
