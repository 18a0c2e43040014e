import type { Simulators } from './simulators.js';

/** What a schedule's writes are about; nothing of it is shared with another schedule but users and products. */
export interface Resources {
  /** Enough vouchers for all handouts and draws. */
  readonly groups: readonly string[];
  readonly emptyGroup: string;
  /** One for each update. */
  readonly groupsToUpdate: readonly string[];
  /** One for each decision about a payment. */
  readonly migrations: readonly string[];
  readonly grants: readonly UserProduct[];
  readonly revocations: readonly UserProduct[];
}

export interface UserProduct {
  readonly userId: string;
  readonly productId: string;
}

export const USERS = ['42', '938029', '100003'] as const;
const PRODUCTS = ['1337', '301694', '10111', '10117'] as const;

const GROUPS = 4;
const VOUCHERS = 80;
const UPDATES = 3;
const PAYMENTS = 2;

/** Makes them past the gateways. Who is to be granted something has it not, who is to lose something has it. */
export async function prepareResources(simulators: Simulators, schedule: string): Promise<Resources> {
  const newGroup = async (title: string): Promise<string> => {
    const group = await simulators.spid('POST', '/vouchers/group', { title, type: '8', unique: '1' });
    return String(group?.['voucherGroupId']);
  };
  const newGroups = (title: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => newGroup(`${schedule} ${title} ${index}`)));
  const groups = await newGroups('stock', GROUPS);
  for (const id of groups)
    await simulators.spid('POST', `/vouchers/generate/${id}`, { amount: `${VOUCHERS}` });
  const pairs = USERS.flatMap((userId) => PRODUCTS.map((productId) => ({ userId, productId })));
  const grants = pairs.filter((_, index) => index % 2 === 0);
  const revocations = pairs.filter((_, index) => index % 2 === 1);
  const path = ({ userId, productId }: UserProduct) => `/user/${userId}/product/${productId}`;
  for (const pair of grants) await simulators.spid('DELETE', path(pair));
  for (const pair of revocations) await simulators.spid('POST', path(pair));
  const migrations = [];
  for (let made = 0; made < PAYMENTS; made += 1) {
    migrations.push(await simulators.newMigration(`${schedule}-payer-${made}@chaos.example`));
  }
  return {
    groups,
    emptyGroup: await newGroup(`${schedule} empty`),
    groupsToUpdate: await newGroups('to update', UPDATES),
    migrations,
    grants,
    revocations,
  };
}
