import type { VoucherType } from '../../upstreams/spid/spid.types.js';

/** Every type that the upstream documents (SPiD B21); `unknown` stands for any other. */
export const VOUCHER_TYPES = [
  'internal',
  'discount',
  'giveaway',
  'virtual_money',
  'campaign',
  'free_with_order',
  'extend_subscription',
  'payment',
  'unknown',
] as const satisfies readonly VoucherType[];

export type KnownVoucherType = Exclude<VoucherType, 'unknown'>;

export const KNOWN_VOUCHER_TYPES = VOUCHER_TYPES.filter(
  (each): each is KnownVoucherType => each !== 'unknown',
);

/** Types that are documented and not deprecated: the only ones useful for a new group (SPiD B21). */
export const NEW_GROUP_TYPES = [
  'campaign',
  'payment',
  'giveaway',
] as const satisfies readonly KnownVoucherType[];

export type NewGroupType = (typeof NEW_GROUP_TYPES)[number];
