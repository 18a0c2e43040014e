import type { Simulators, User } from '../processes/simulator.process.js';

/** What a schedule's writes are about; nothing of it is shared with another schedule but products. */
export interface Resources {
  /** Enough vouchers for all handouts and draws. */
  readonly groups: readonly string[];
  readonly emptyGroup: string;
  /** One for each update. */
  readonly groupsToUpdate: readonly string[];
  /** For several updates. */
  readonly contendedGroup: string;
  /** One for each decision about a payment. */
  readonly migrations: readonly string[];
  /** A username with a migration of its own, from before. */
  readonly usernameWithMigration: string;
  /** One for each grant; had not. */
  readonly grants: readonly UserProduct[];
  /** One for each revocation; had. */
  readonly revocations: readonly UserProduct[];
  /** For several grants and revocations. */
  readonly contended: readonly UserProduct[];
}

export interface UserProduct {
  readonly user: User;
  readonly productId: string;
}

const PRODUCTS = ['1337', '301694', '10111', '10117'] as const;

const USERS = 3;
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
  const migrations = [];
  for (let made = 0; made < PAYMENTS; made += 1) {
    migrations.push(await simulators.newMigration(`${schedule}-payer-${made}@chaos.example`));
  }
  const usernameWithMigration = `${schedule}-twice@chaos.example`;
  await simulators.newMigration(usernameWithMigration);
  return {
    groups,
    emptyGroup: await newGroup(`${schedule} empty`),
    groupsToUpdate: await newGroups('to update', UPDATES),
    contendedGroup: await newGroup(`${schedule} contended`),
    migrations,
    usernameWithMigration,
    ...(await prepareEntitlements(simulators)),
  };
}

async function prepareEntitlements(
  simulators: Simulators,
): Promise<Pick<Resources, 'grants' | 'revocations' | 'contended'>> {
  const users = await Promise.all(Array.from({ length: USERS }, () => simulators.newUser()));
  const pairs = users.flatMap((user) => PRODUCTS.map((productId) => ({ user, productId })));
  const grants = pairs.filter((_, index) => index % 3 === 0);
  const revocations = pairs.filter((_, index) => index % 3 === 1);
  const contended = pairs.filter((_, index) => index % 3 === 2);
  // Half of the contended ones have it.
  for (const { user, productId } of [...revocations, ...contended.slice(2)]) {
    await simulators.spid('POST', `/user/${user.userId}/product/${productId}`);
  }
  return { grants, revocations, contended };
}
