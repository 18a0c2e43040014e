/** Parameters and results of the SPiD client, in our terms. Times are RFC 3339 in UTC; an absent value is null. */

export interface ProductAccess {
  readonly productId: string;
  readonly granted: boolean;
  /** Only when the product is a subscription (SPiD B1). */
  readonly subscription: {
    readonly subscriptionId: string;
    readonly startsAt: string | null;
    readonly expiresAt: string | null;
    readonly autoRenew: boolean;
    readonly gracePeriodSeconds: number | null;
  } | null;
}

export type ContentStatus =
  'available' | 'not_selectable' | 'not_visible' | 'not_available' | 'deleted' | 'unknown';

/** Digital content that a user has (SPiD B4). */
export interface Entitlement {
  readonly productId: string;
  readonly userProductId: string | null;
  readonly parentProductId: string | null;
  /** null when it was granted without an order. */
  readonly orderId: string | null;
  readonly status: ContentStatus;
  /** The vendor's raw `status`. */
  readonly upstreamStatus: string | null;
  readonly count: number | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

export type SubscriptionStatus = 'active' | 'inactive' | 'expired' | 'unknown';

/** Why the status of a subscription changed (SPiD B21). */
export type SubscriptionChangeReason =
  | 'charge_failures'
  | 'api'
  | 'passive'
  | 'forced'
  | 'no_longer_for_sale'
  | 'renewed_by_new_subscription'
  | 'account_deleted'
  | 'paused'
  | 'expiry_changed'
  | 'auto_renewal_disabled_by_user'
  | 'auto_renewal_off_at_migration'
  | 'migrated'
  | 'unknown';

export interface Subscription {
  readonly subscriptionId: string;
  readonly productId: string | null;
  readonly productName: string | null;
  readonly orderId: string | null;
  readonly status: SubscriptionStatus;
  /** The vendor's raw `status`. */
  readonly upstreamStatus: string | null;
  readonly statusChangeReason: SubscriptionChangeReason | null;
  readonly statusChangedAt: string | null;
  readonly startsAt: string | null;
  readonly expiresAt: string | null;
  readonly endsAt: string | null;
  readonly autoRenew: boolean | null;
  readonly renewalPrice: { readonly amountMinor: number; readonly currency: string | null } | null;
  readonly renewalPeriodSeconds: number | null;
  readonly gracePeriodSeconds: number | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

export type VoucherType =
  | 'internal'
  | 'discount'
  | 'giveaway'
  | 'virtual_money'
  | 'campaign'
  | 'free_with_order'
  | 'extend_subscription'
  | 'payment'
  | 'unknown';

export interface VoucherGroup {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly type: VoucherType;
  /** The vendor's raw `type`. */
  readonly upstreamType: string | null;
  /** true: individual one-time codes; false: one shared code; null: not given. */
  readonly unique: boolean | null;
  /** Maximum of vouchers or redemptions; null is no limit. */
  readonly limit: number | null;
  readonly campaignId: string | null;
  readonly productId: string | null;
  /** Only when a single group is read (SPiD B10). */
  readonly generatedVouchers: number | null;
  readonly availableVouchers: number | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

export interface NewVoucherGroup {
  readonly title: string;
  readonly type: Exclude<VoucherType, 'unknown'>;
  readonly description?: string;
  readonly campaignId?: string;
  readonly productId?: string;
  readonly unique?: boolean;
  readonly limit?: number;
  readonly voucherCode?: string;
}

export interface VoucherGroupChange {
  readonly title?: string;
  readonly description?: string;
  readonly limit?: number;
}

export interface VoucherGroupSearch {
  readonly title?: string;
  readonly campaignId?: string;
  readonly type?: Exclude<VoucherType, 'unknown'>;
  readonly productId?: string;
  readonly limit?: number;
  readonly offset?: number;
}

export type VoucherStatus = 'free' | 'handed_out' | 'redeemed' | 'expired' | 'unknown';

export interface Voucher {
  readonly id: string;
  readonly code: string;
  readonly voucherGroupId: string;
  readonly status: VoucherStatus;
  /** The vendor's raw `status`. */
  readonly upstreamStatus: string | null;
  readonly type: VoucherType;
  readonly upstreamType: string | null;
  /** The only user who may redeem it; null when it was not handed out to a user. */
  readonly userId: string | null;
  readonly handedOutAt: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly group: VoucherGroup | null;
}

/** One drawn code. The vendor returns partial vouchers, only once (SPiD B8). */
export interface DrawnVoucher {
  /** null when absent or malformed: the code must not be lost for it. */
  readonly id: string | null;
  readonly code: string;
  readonly voucherGroupId: string;
  readonly type: VoucherType;
  readonly upstreamType: string | null;
  readonly createdAt: string | null;
}

/** The vendor's filters (SPiD B0, row 4). */
export type EntitlementFilter = 'active' | 'expired' | 'all';
