import type { PlannedWrite } from './planned.write.js';
import { type Resources, USERS } from './resources.js';

/** A write before anybody has it planned. */
export type PossibleWrite = Omit<PlannedWrite, 'name' | 'caller' | 'key' | 'fault' | 'atMs'>;

const [FIRST_USER] = USERS;

/** Every write that a schedule may contain. The effects of no two of them look alike. */
export function possibleWrites(schedule: string, resources: Resources): PossibleWrite[] {
  return [
    ...entitlements(resources),
    ...handouts(resources),
    ...ofGroups(resources),
    ...newGroups(schedule, resources),
    ...migrations(schedule, resources),
    ...tokenImports(schedule),
  ];
}

function entitlements({ grants, revocations }: Resources): PossibleWrite[] {
  const path = ({ userId, productId }: { userId: string; productId: string }) =>
    `/v1/users/${userId}/entitlements/${productId}`;
  const common = { upstream: 'spid' } as const;
  return [
    ...grants.map((pair) => ({
      ...common,
      kind: 'entitlement_grant' as const,
      method: 'PUT',
      path: path(pair),
      operation: 'product_grant',
      effect: { ...pair },
    })),
    ...revocations.map((pair) => ({
      ...common,
      kind: 'entitlement_revoke' as const,
      method: 'DELETE',
      path: path(pair),
      operation: 'product_revoke',
      effect: { ...pair },
    })),
    // A subscription is not granted like this: refused.
    {
      ...common,
      kind: 'entitlement_grant',
      method: 'PUT',
      path: path({ userId: FIRST_USER, productId: '10013' }),
      operation: 'product_grant',
      effect: { userId: FIRST_USER, productId: '10013' },
    },
  ];
}

/** From the empty group too, which is refused. */
function handouts({ groups, emptyGroup }: Resources): PossibleWrite[] {
  return [...groups, emptyGroup].flatMap((voucherGroupId) =>
    USERS.map((userId) => ({
      kind: 'voucher_handout' as const,
      method: 'POST',
      path: '/v1/voucher-handouts',
      body: { userId, voucherGroupId },
      upstream: 'spid' as const,
      operation: 'voucher_handout',
      effect: { userId, voucherGroupId },
    })),
  );
}

/** The amounts tell the writes of one group apart. */
function ofGroups({ groups, emptyGroup }: Resources): PossibleWrite[] {
  const generate = (voucherGroupId: string, amount: number): PossibleWrite => ({
    kind: 'vouchers_generate',
    method: 'POST',
    path: `/v1/voucher-groups/${voucherGroupId}/vouchers`,
    body: { amount },
    upstream: 'spid',
    operation: 'vouchers_generate',
    effect: { voucherGroupId, amount },
  });
  const draw = (voucherGroupId: string, amount: number): PossibleWrite => ({
    kind: 'voucher_codes_draw',
    method: 'POST',
    path: `/v1/voucher-groups/${voucherGroupId}/codes`,
    body: { amount },
    upstream: 'spid',
    operation: 'vouchers_handout',
    effect: { voucherGroupId, amount },
  });
  return groups.flatMap((id, index) => [
    ...[1, 2].map((amount) => generate(id, amount)),
    ...[1, 2, 3].map((amount) => draw(id, amount)),
    // Refused.
    draw(emptyGroup, index + 1),
  ]);
}

function newGroups(schedule: string, { groupsToUpdate }: Resources): PossibleWrite[] {
  const titles = [1, 2, 3, 4, 5].map((number) => `${schedule} made ${number}`);
  return [
    ...titles.map((title) => ({
      kind: 'voucher_group_create' as const,
      method: 'POST',
      path: '/v1/voucher-groups',
      body: { title, type: 'campaign' },
      upstream: 'spid' as const,
      operation: 'voucher_group_create',
      effect: { title },
    })),
    ...groupsToUpdate.map((voucherGroupId) => ({
      kind: 'voucher_group_update' as const,
      method: 'PATCH',
      path: `/v1/voucher-groups/${voucherGroupId}`,
      body: { title: `${schedule} changed` },
      upstream: 'spid' as const,
      operation: 'voucher_group_update',
      effect: { voucherGroupId },
    })),
  ];
}

/** A payment for a migration that does not exist is refused. */
function migrations(
  schedule: string,
  { migrations: [toAccept = '', toReject = ''] }: Resources,
): PossibleWrite[] {
  const names = [1, 2, 3, 4].map((number) => `${schedule}-${number}@chaos.example`);
  const payment = (decision: 'accept' | 'reject', migrationId: string): PossibleWrite => ({
    kind: `migration_payment_${decision}`,
    method: 'POST',
    path: `/v1/migrations/${migrationId}/payment/${decision}`,
    upstream: 'import2',
    operation: `payment_${decision}`,
    effect: { migrationId },
  });
  return [
    ...names.map((destinationUsername) => ({
      kind: 'migration_create' as const,
      method: 'POST',
      path: '/v1/migrations',
      body: { sourceTool: 'wordpress', destinationUsername },
      upstream: 'import2' as const,
      operation: 'imports_create',
      effect: { destinationUsername },
    })),
    payment('accept', toAccept),
    payment('reject', toReject),
    payment('accept', '1'),
  ];
}

function tokenImports(schedule: string): PossibleWrite[] {
  return [1, 2, 3, 4, 5].map((number) => ({
    kind: 'token_import' as const,
    method: 'POST',
    path: '/v1/token-imports',
    body: { tokenName: `${schedule}-${number}`, tokens: [number, 'second'] },
    upstream: 'spid' as const,
    operation: 'injectable_import',
    effect: { tokenName: `${schedule}-${number}` },
  }));
}
