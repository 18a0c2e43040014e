import type {
  ContentStatus,
  SubscriptionChangeReason,
  SubscriptionStatus,
  VoucherStatus,
  VoucherType,
} from '../spid.types.js';

/** Our names of the vendor's codes, which are strings (SPiD B21). A code without a row is `unknown`. */

export const CONTENT_STATUS: ReadonlyMap<string, ContentStatus> = new Map([
  ['-1', 'deleted'],
  ['0', 'not_available'],
  ['1', 'not_visible'],
  ['2', 'not_selectable'],
  ['3', 'available'],
]);

export const SUBSCRIPTION_STATUS: ReadonlyMap<string, SubscriptionStatus> = new Map([
  ['-1', 'expired'],
  ['0', 'inactive'],
  ['1', 'active'],
]);

export const SUBSCRIPTION_CHANGE_REASON: ReadonlyMap<string, SubscriptionChangeReason> = new Map([
  ['100', 'charge_failures'],
  ['110', 'api'],
  ['120', 'passive'],
  ['130', 'forced'],
  ['140', 'no_longer_for_sale'],
  ['150', 'renewed_by_new_subscription'],
  ['160', 'account_deleted'],
  ['170', 'paused'],
  ['180', 'expiry_changed'],
  ['190', 'auto_renewal_disabled_by_user'],
  ['191', 'auto_renewal_off_at_migration'],
  ['200', 'migrated'],
  ['201', 'migrated'],
]);

/** Some are no longer documented, but old vouchers still have them. */
export const VOUCHER_TYPE: ReadonlyMap<string, VoucherType> = new Map([
  ['1', 'internal'],
  ['2', 'discount'],
  ['3', 'giveaway'],
  ['4', 'virtual_money'],
  ['5', 'campaign'],
  ['6', 'free_with_order'],
  ['7', 'extend_subscription'],
  ['8', 'payment'],
]);

export const VOUCHER_STATUS: ReadonlyMap<string, VoucherStatus> = new Map([
  ['-1', 'expired'],
  ['0', 'free'],
  ['1', 'handed_out'],
  ['2', 'redeemed'],
]);

export function named<T>(names: ReadonlyMap<string, T>, code: string | null): T | 'unknown' {
  return (code === null ? undefined : names.get(code)) ?? 'unknown';
}

/** The vendor's code for one of our names. */
export function codeOf<T>(names: ReadonlyMap<string, T>, word: T): string | undefined {
  return [...names].find(([, name]) => name === word)?.[0];
}
