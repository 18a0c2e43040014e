import type { Voucher, VoucherGroup } from '../spid.records.js';
import { spidTime, spidTimeOrNull } from '../spid.clock.js';

/** A voucher group without counts, which only reading a single group returns (SPiD B10). */
export function groupFields(group: VoucherGroup): object {
  return {
    voucherGroupId: group.id,
    clientId: group.clientId,
    discountId: null,
    campaignId: group.campaignId,
    productId: group.productId,
    type: group.type,
    unique: group.unique ? '1' : '0',
    limit: group.limit === null ? null : String(group.limit),
    title: group.title,
    description: group.description,
    createdBy: group.clientId,
    updated: spidTime(group.updatedAt),
    created: spidTime(group.createdAt),
  };
}

/** `updated` never changes after the creation (SPiD B14). */
export function voucherFields(voucher: Voucher): object {
  return {
    ...partialFields(voucher),
    userId: voucher.userId,
    count: null,
    status: voucher.handedOutAt ? '1' : '0',
    handoutBy: voucher.handedOutAt ? '0' : null,
    handoutTime: spidTimeOrNull(voucher.handedOutAt),
    updated: spidTime(voucher.createdAt),
  };
}

/** A drawn voucher: without status and user (SPiD B8). */
export function partialFields(voucher: Voucher): object {
  return {
    voucherId: voucher.id,
    voucherGroupId: voucher.groupId,
    voucherCode: voucher.code,
    type: voucher.type,
    createdBy: '0',
    created: spidTime(voucher.createdAt),
  };
}
