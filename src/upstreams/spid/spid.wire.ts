import {
  CONTENT_STATUS,
  named,
  SUBSCRIPTION_CHANGE_REASON,
  SUBSCRIPTION_STATUS,
  VOUCHER_STATUS,
  VOUCHER_TYPE,
} from './spid.enums.js';
import type {
  DrawnVoucher,
  Entitlement,
  ProductAccess,
  Subscription,
  Voucher,
  VoucherGroup,
} from './spid.nouns.js';
import { UnreadableError } from './unreadable.error.js';
import { isWord, listOf, valuesOf, WireObject } from './wire.fields.js';

/** SPiD B1. The product is named as the vendor names it, which is its id where an alias was asked for. */
export function readProductAccess(data: unknown, zone: string, askedProductId: string): ProductAccess {
  const access = new WireObject(data, 'product access', zone);
  const granted = access.flag('result');
  if (granted === null) throw new UnreadableError('product access: result');
  if (!granted) return noAccess(access.idOrNull('productId') ?? askedProductId);
  return { productId: access.id('productId'), granted, subscription: accessingSubscription(access) };
}

export function noAccess(productId: string): ProductAccess {
  return { productId, granted: false, subscription: null };
}

function accessingSubscription(access: WireObject): ProductAccess['subscription'] {
  const subscriptionId = access.idOrNull('subscriptionId');
  if (subscriptionId === null) return null;
  return {
    subscriptionId,
    startsAt: access.time('startDate'),
    expiresAt: access.time('expires'),
    // Described as a number of renewals here and as a flag elsewhere: both mean that more than none will follow.
    autoRenew: (access.integer('autoRenew') ?? 0) > 0,
    gracePeriodSeconds: access.integer('gracePeriod'),
  };
}

/** SPiD B4: a map by product id. */
export function readEntitlements(data: unknown, zone: string): Entitlement[] {
  return valuesOf(data, 'contents').map((each) => {
    const content = new WireObject(each, 'content', zone);
    const upstreamStatus = content.text('status');
    return {
      productId: content.id('productId'),
      userProductId: content.idOrNull('userProductId'),
      parentProductId: content.idOrNull('parentProductId'),
      orderId: content.idOrNull('orderId'),
      status: named(CONTENT_STATUS, upstreamStatus),
      upstreamStatus,
      count: content.integer('count'),
      createdAt: content.time('created'),
      updatedAt: content.time('updated'),
    };
  });
}

/** SPiD B5, B6: a map by subscription id. */
export function readSubscriptions(data: unknown, zone: string): Subscription[] {
  return valuesOf(data, 'subscriptions').map((each) =>
    subscriptionOf(new WireObject(each, 'subscription', zone), zone),
  );
}

function subscriptionOf(subscription: WireObject, zone: string): Subscription {
  const upstreamStatus = subscription.text('status');
  const change = subscription.text('statusChangeCode');
  const amountMinor = subscription.integer('renewPrice');
  const product = subscription.raw('product');
  return {
    subscriptionId: subscription.id('subscriptionId'),
    productId: subscription.idOrNull('productId'),
    // An empty product arrives as `[]` (SPiD F10).
    productName: isEmptyOrNull(product) ? null : new WireObject(product, 'product', zone).text('name'),
    orderId: subscription.idOrNull('orderId'),
    status: named(SUBSCRIPTION_STATUS, upstreamStatus),
    upstreamStatus,
    statusChangeReason: change === null ? null : named(SUBSCRIPTION_CHANGE_REASON, change),
    statusChangedAt: subscription.time('statusChangeDate'),
    startsAt: subscription.time('startDate'),
    expiresAt: subscription.time('expires'),
    endsAt: subscription.time('finalEndDate'),
    autoRenew: subscription.flag('autoRenew'),
    renewalPrice: amountMinor === null ? null : { amountMinor, currency: subscription.text('currency') },
    renewalPeriodSeconds: subscription.integer('renewPeriod'),
    gracePeriodSeconds: subscription.integer('gracePeriod'),
    createdAt: subscription.time('created'),
    updatedAt: subscription.time('updated'),
  };
}

export function readVoucherGroups(data: unknown, zone: string): VoucherGroup[] {
  return listOf(data, 'voucher groups').map((each) => readVoucherGroup(each, zone));
}

/** SPiD B10: the counts are there only when a single group is read, `limit` is null or 0 where there is none. */
export function readVoucherGroup(data: unknown, zone: string): VoucherGroup {
  const group = new WireObject(data, 'voucher group', zone);
  const upstreamType = group.text('type');
  return {
    id: group.id('voucherGroupId'),
    title: group.text('title'),
    description: group.text('description'),
    type: named(VOUCHER_TYPE, upstreamType),
    upstreamType,
    unique: group.flag('unique'),
    limit: group.integer('limit') || null,
    campaignId: group.idOrNull('campaignId'),
    productId: group.idOrNull('productId'),
    generatedVouchers: group.integer('generatedVouchers'),
    availableVouchers: group.integer('availableVouchers'),
    createdAt: group.time('created'),
    updatedAt: group.time('updated'),
  };
}

/** SPiD B14. */
export function readVoucher(data: unknown, zone: string): Voucher {
  const voucher = new WireObject(data, 'voucher', zone);
  const upstreamStatus = voucher.text('status');
  const upstreamType = voucher.text('type');
  const group = voucher.raw('group');
  return {
    id: voucher.id('voucherId'),
    code: voucher.word('voucherCode'),
    voucherGroupId: voucher.id('voucherGroupId'),
    type: named(VOUCHER_TYPE, upstreamType),
    upstreamType,
    createdAt: voucher.time('created'),
    status: named(VOUCHER_STATUS, upstreamStatus),
    upstreamStatus,
    userId: voucher.idOrNull('userId'),
    handedOutAt: voucher.time('handoutTime'),
    updatedAt: voucher.time('updated'),
    group: isEmptyOrNull(group) ? null : readVoucherGroup(group, zone),
  };
}

/**
 * SPiD B8: the only time that these codes are told, so all but the code may be odd or missing (SPiD F20) before a
 * code is lost. A single voucher may come without its list (SPiD F25). Two equal codes would go to two people, so
 * they make the whole answer unreadable. `voucherGroupId` is the group that was asked.
 */
export function readDrawnVouchers(data: unknown, zone: string, voucherGroupId: string): DrawnVoucher[] {
  const vouchers = (Array.isArray(data) ? data : [data]).map((each) => {
    const voucher = new WireObject(each, 'drawn voucher', zone);
    const upstreamType = unlessOdd(() => voucher.text('type'));
    return {
      id: unlessOdd(() => voucher.id('voucherId')),
      code: voucher.word('voucherCode'),
      voucherGroupId,
      type: named(VOUCHER_TYPE, upstreamType),
      upstreamType,
      createdAt: unlessOdd(() => voucher.time('created')),
    };
  });
  if (new Set(vouchers.map(({ code }) => code)).size < vouchers.length) {
    throw new UnreadableError('drawn vouchers: a code twice');
  }
  return vouchers;
}

function unlessOdd<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableError) return null;
    throw error;
  }
}

/** SPiD B16. */
export function readTokenNames(data: unknown): string[] {
  return listOf(data, 'token names').map((name) => {
    if (!isWord(name)) throw new UnreadableError('token name');
    return name;
  });
}

/** `{ "success": true }` of SPiD B7, B9. */
export function readSuccess(data: unknown): boolean {
  const success = new WireObject(data, 'success', 'UTC').flag('success');
  if (success === null) throw new UnreadableError('success');
  return success;
}

/** A success flag as documented, or the revoked content as recorded (SPiD F13). */
export function readRevoked(data: unknown): boolean {
  const answer = new WireObject(data, 'revocation', 'UTC');
  if (answer.has('success')) return readSuccess(data);
  answer.id('productId');
  return true;
}

/** For a payload of unknown shape (SPiD B15): false, or an object whose success flag is off. */
export function saysFailure(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data === false;
  return new WireObject(data, 'success', 'UTC').flag('success') === false;
}

function isEmptyOrNull(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
