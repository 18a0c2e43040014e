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
} from '../spid.types.js';
import { listOf } from '../../transport/response/json.body.js';
import { UnreadableError } from '../../transport/response/unreadable.error.js';
import { isWord, PayloadObject, valuesOf } from './payload.object.js';

/** SPiD B1. `productId` is the vendor's, which is the id when an alias was requested. */
export function readProductAccess(data: unknown, zone: string, requestedProductId: string): ProductAccess {
  const access = new PayloadObject(data, 'product access', zone);
  const granted = access.flag('result');
  if (granted === null) throw new UnreadableError('product access: result');
  if (!granted) return noAccess(access.idOrNull('productId') ?? requestedProductId);
  return { productId: access.id('productId'), granted, subscription: accessingSubscription(access) };
}

export function noAccess(productId: string): ProductAccess {
  return { productId, granted: false, subscription: null };
}

function accessingSubscription(access: PayloadObject): ProductAccess['subscription'] {
  const subscriptionId = access.idOrNull('subscriptionId');
  if (subscriptionId === null) return null;
  return {
    subscriptionId,
    startsAt: access.time('startDate'),
    expiresAt: access.time('expires'),
    // Documented as a number of renewals here and as a flag elsewhere: with either, above zero means renewal.
    autoRenew: (access.integer('autoRenew') ?? 0) > 0,
    gracePeriodSeconds: access.integer('gracePeriod'),
  };
}

/** SPiD B4: a map by product id. */
export function readEntitlements(data: unknown, zone: string): Entitlement[] {
  return valuesOf(data, 'contents').map((each) => {
    const content = new PayloadObject(each, 'content', zone);
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
    subscriptionOf(new PayloadObject(each, 'subscription', zone), zone),
  );
}

function subscriptionOf(subscription: PayloadObject, zone: string): Subscription {
  const upstreamStatus = subscription.text('status');
  const change = subscription.text('statusChangeCode');
  const amountMinor = subscription.integer('renewPrice');
  const product = subscription.raw('product');
  return {
    subscriptionId: subscription.id('subscriptionId'),
    productId: subscription.idOrNull('productId'),
    // An empty product arrives as `[]` (SPiD F10).
    productName: isEmptyOrNull(product) ? null : new PayloadObject(product, 'product', zone).text('name'),
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

/** SPiD B10. Only reading a single group returns counts; a `limit` of null or 0 is none. */
export function readVoucherGroup(data: unknown, zone: string): VoucherGroup {
  const group = new PayloadObject(data, 'voucher group', zone);
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
  const voucher = new PayloadObject(data, 'voucher', zone);
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
 * SPiD B8. These codes are returned only once:
 * - any other field may be malformed or missing (SPiD F20) without losing the code;
 * - a single voucher may come without a list (SPiD F25);
 * - a duplicate code would go to two people, so it makes the whole response unreadable.
 * @param voucherGroupId the group of the request
 */
export function readDrawnVouchers(data: unknown, zone: string, voucherGroupId: string): DrawnVoucher[] {
  const vouchers = (Array.isArray(data) ? data : [data]).map((each) => {
    const voucher = new PayloadObject(each, 'drawn voucher', zone);
    const upstreamType = orNull(() => voucher.text('type'));
    return {
      id: orNull(() => voucher.id('voucherId')),
      code: voucher.word('voucherCode'),
      voucherGroupId,
      type: named(VOUCHER_TYPE, upstreamType),
      upstreamType,
      createdAt: orNull(() => voucher.time('created')),
    };
  });
  if (new Set(vouchers.map(({ code }) => code)).size < vouchers.length) {
    throw new UnreadableError('drawn vouchers: a code twice');
  }
  return vouchers;
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableError) return null;
    throw error;
  }
}

/**
 * SPiD B16. Names that no import can have are left out: with one of them in it, a list that is not readable would count as a failure
 * of SPiD at each read, until no call of the account is sent.
 */
export function readTokenNames(data: unknown): string[] {
  return listOf(data, 'token names').filter((name): name is string => {
    if (typeof name !== 'string') throw new UnreadableError('token name');
    return isWord(name);
  });
}

/** `{ "success": true }` of SPiD B7, B9. */
export function readSuccess(data: unknown): boolean {
  const success = new PayloadObject(data, 'success', 'UTC').flag('success');
  if (success === null) throw new UnreadableError('success');
  return success;
}

/** A success flag as documented, or the revoked content as in a recording (SPiD F13). */
export function readRevoked(data: unknown): boolean {
  const revocation = new PayloadObject(data, 'revocation', 'UTC');
  if (revocation.has('success')) return readSuccess(data);
  revocation.id('productId');
  return true;
}

/** Whether a payload of unknown shape (SPiD B15) is false or has a success flag that is off. */
export function isFailure(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data === false;
  return new PayloadObject(data, 'success', 'UTC').flag('success') === false;
}

function isEmptyOrNull(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
