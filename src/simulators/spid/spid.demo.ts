import type { EffectLog } from '../simulator.js';
import { plainClient, strangerClient } from './spid.client.registry.js';
import type { SpidQuirks } from './spid.quirks.js';
import type { Product, Voucher, VoucherGroup } from './spid.records.js';
import { type KeptSpidState, SpidState } from './spid.state.js';
import type { SpidClock } from './spid.clock.js';

const dayMs = 86_400_000;
const longAgo = new Date('2013-05-08T07:22:06Z');

/** The state at start: shared by both demo clients, plus things of a foreign client. */
export function demoState(now: SpidClock, effects: EffectLog, quirks: SpidQuirks): SpidState {
  const state = new SpidState(now, effects, quirks);
  addUsers(state);
  for (const product of demoProducts) state.products.set(product.id, product);
  addContents(state);
  addSubscriptions(state);
  const own = addGroup(state, '324673248', plainClient.id);
  state.addVouchers(own, 1_000);
  const strangers = addGroup(state, '324673249', strangerClient.id);
  state.addVouchers(strangers, 1, '99-STRA-NGER');
  return state;
}

/** The state that an earlier process kept, with the demo's products. */
export function restoredState(
  kept: KeptSpidState,
  ...parts: ConstructorParameters<typeof SpidState>
): SpidState {
  const state = SpidState.restored(kept, ...parts);
  for (const product of demoProducts) state.products.set(product.id, product);
  return state;
}

/** `777001` has no verified e-mail address. */
function addUsers(state: SpidState): void {
  for (const id of ['42', '938029', '100003', '777001']) {
    state.addUser({ id, uuid: `00000000-0000-4000-8000-${id.padStart(12, '0')}`, verified: id !== '777001' });
  }
}

const digital = {
  clientId: plainClient.id,
  alias: undefined,
  type: '1',
  description: null,
  createdAt: longAgo,
} as const;

const demoProducts: readonly Product[] = [
  { ...digital, id: '1337', alias: 'premium', code: 'premium', name: 'Premium', price: '9900' },
  { ...digital, id: '301694', code: 'the-movie', name: 'The Movie', price: '4900' },
  { ...digital, id: '10111', code: 'ten-articles', name: 'Ten articles', price: '2900' },
  { ...digital, id: '10117', code: 'archive', name: 'Archive', price: '1900' },
  {
    ...digital,
    id: '10013',
    type: '2',
    code: 'plus-1m',
    name: 'Plus månadsprenumeration',
    description: 'Plus 1 mån, därefter 29 kr/mån',
    price: '2900',
  },
];

function addContents(state: SpidState): void {
  const held = [
    { userId: '42', productId: '1337', userProductId: '2', orderId: '0', count: 1 },
    { userId: '100003', productId: '10111', userProductId: '3', orderId: '674', count: 9 },
    { userId: '100003', productId: '10117', userProductId: '19', orderId: '0', count: 1 },
  ];
  for (const each of held) {
    const user = state.findUser(each.userId);
    const content = { ...each, clientId: plainClient.id, updatedAt: longAgo, createdAt: longAgo };
    if (user) state.contentsOf(user).set(each.productId, content);
  }
}

/** Only its own client sees a subscription, so `938029` has none for the demo clients (SPiD B5). */
function addSubscriptions(state: SpidState): void {
  const start = state.now().getTime();
  const startsAt = new Date(start - 30 * dayMs);
  const expiresAt = new Date(start + 365 * dayMs);
  const common = { productId: '10013', orderId: '10722405', startsAt, expiresAt };
  state.addSubscription({ ...common, id: '158240', clientId: plainClient.id, userId: '100003' });
  state.addSubscription({ ...common, id: '158241', clientId: strangerClient.id, userId: '938029' });
}

/** A voucher with a fixed code in the demo group, handed out to user 42. */
export function addExampleVoucher(state: SpidState, code: string): void {
  const group = state.groups.get('324673248');
  if (!group) return;
  const voucher: Voucher = {
    id: state.nextId(),
    groupId: group.id,
    code,
    type: group.type,
    createdAt: longAgo,
    userId: '42',
    handedOutAt: longAgo,
  };
  group.vouchers.unshift(voucher);
  group.handedOut += 1;
  state.vouchers.set(code, voucher);
}

function addGroup(state: SpidState, id: string, clientId: string): VoucherGroup {
  const group: VoucherGroup = {
    id,
    clientId,
    campaignId: null,
    productId: null,
    type: '8',
    unique: true,
    limit: null,
    title: 'Freebies for everyone!',
    description: null,
    createdAt: longAgo,
    updatedAt: longAgo,
    vouchers: [],
    handedOut: 0,
  };
  state.groups.set(id, group);
  return group;
}
