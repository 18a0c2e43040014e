import { contendedWrites } from './contended.writes.js';
import { entitlement, groupUpdate, migration, type PossibleWrite } from './write.builders.js';
import type { Random } from '../../support/random.js';
import type { Resources } from './resources.js';

/** Every write that a schedule may contain; those that are about the same thing come together. */
export function possibleWrites(random: Random, schedule: string, resources: Resources): PossibleWrite[][] {
  const alone = [
    ...resources.grants.map((pair) => entitlement('grant', pair, random)),
    ...resources.revocations.map((pair) => entitlement('revoke', pair, random)),
    ...handouts(resources),
    ...ofGroups(resources),
    ...newGroups(schedule),
    ...resources.groupsToUpdate.map((id) => groupUpdate(id, `${schedule} changed`)),
    ...migrations(schedule, resources),
    ...tokenImports(schedule),
    // A subscription is not granted like this: refused.
    ...resources.grants
      .slice(0, 1)
      .map(({ user }) => entitlement('grant', { user, productId: '10013' }, random)),
  ];
  return [...alone.map((write) => [write]), ...contendedWrites(random, schedule, resources)];
}

/** From the empty group too, which is refused. */
function handouts({ groups, emptyGroup, grants }: Resources): PossibleWrite[] {
  const users = [...new Set(grants.map(({ user }) => user.userId))];
  return [...groups, emptyGroup].flatMap((voucherGroupId) =>
    users.map((userId) => ({
      kind: 'voucher_handout' as const,
      method: 'POST',
      path: '/v1/voucher-handouts',
      body: { userId, voucherGroupId },
      upstream: 'spid' as const,
      operation: 'voucher_handout',
      subject: `handout ${userId} ${voucherGroupId}`,
      effect: { userId, voucherGroupId },
    })),
  );
}

function ofGroups({ groups, emptyGroup }: Resources): PossibleWrite[] {
  const common = { method: 'POST', upstream: 'spid', snapshot: 'voucher_group_get' } as const;
  const generate = (voucherGroupId: string, amount: number): PossibleWrite => ({
    ...common,
    kind: 'vouchers_generate',
    path: `/v1/voucher-groups/${voucherGroupId}/vouchers`,
    body: { amount },
    operation: 'vouchers_generate',
    subject: `generate ${voucherGroupId} ${amount}`,
    effect: { voucherGroupId, amount },
  });
  const draw = (voucherGroupId: string, amount: number): PossibleWrite => ({
    ...common,
    kind: 'voucher_codes_draw',
    path: `/v1/voucher-groups/${voucherGroupId}/codes`,
    body: { amount },
    operation: 'vouchers_handout',
    subject: `draw ${voucherGroupId} ${amount}`,
    effect: { voucherGroupId, amount },
  });
  return groups.flatMap((id, index) => [
    ...[1, 2].map((amount) => generate(id, amount)),
    ...[1, 2, 3].map((amount) => draw(id, amount)),
    // Refused.
    draw(emptyGroup, index + 1),
  ]);
}

function newGroups(schedule: string): PossibleWrite[] {
  return [1, 2, 3, 4, 5].map((number) => ({
    kind: 'voucher_group_create' as const,
    method: 'POST',
    path: '/v1/voucher-groups',
    body: { title: `${schedule} made ${number}`, type: 'campaign' },
    upstream: 'spid' as const,
    operation: 'voucher_group_create',
    subject: `new group ${number}`,
    effect: { title: `${schedule} made ${number}` },
  }));
}

/** A payment for a migration that does not exist is refused. */
function migrations(
  schedule: string,
  { migrations: [toAccept = '', toReject = ''], usernameWithMigration }: Resources,
): PossibleWrite[] {
  const names = [1, 2, 3, 4].map((number) => `${schedule}-${number}@chaos.example`);
  const payment = (decision: 'accept' | 'reject', migrationId: string): PossibleWrite => ({
    kind: `migration_payment_${decision}`,
    method: 'POST',
    path: `/v1/migrations/${migrationId}/payment/${decision}`,
    upstream: 'import2',
    operation: `payment_${decision}`,
    subject: `payment ${migrationId} ${decision}`,
    effect: { migrationId },
  });
  return [
    ...[...names, usernameWithMigration].map((name) => migration(name)),
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
    subject: `tokens ${number}`,
    effect: { tokenName: `${schedule}-${number}` },
  }));
}
