/** The stored records. Times are instants; the endpoints format them. */

export interface User {
  /** Digits. */
  readonly id: string;
  readonly uuid: string;
  /** Server tokens cannot access a user before the e-mail address is verified (SPiD A8). */
  readonly verified: boolean;
}

export interface Product {
  readonly id: string;
  readonly clientId: string;
  readonly alias: string | undefined;
  readonly type: '1' | '2';
  readonly code: string;
  readonly name: string;
  readonly description: string | null;
  /** Cents (SPiD A8). */
  readonly price: string;
  readonly createdAt: Date;
}

/** Digital content of a user (SPiD B4). */
export interface Content {
  readonly userProductId: string;
  readonly productId: string;
  readonly clientId: string;
  readonly userId: string;
  /** `0` when granted without an order. */
  readonly orderId: string;
  /** Grants not revoked; 0 after a revocation. */
  count: number;
  updatedAt: Date;
  readonly createdAt: Date;
}

export interface Subscription {
  readonly id: string;
  readonly clientId: string;
  readonly userId: string;
  readonly productId: string;
  readonly orderId: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
}

export interface VoucherGroup {
  readonly id: string;
  readonly clientId: string;
  readonly campaignId: string | null;
  readonly productId: string | null;
  readonly type: string;
  readonly unique: boolean;
  /** Maximum of vouchers; null is no limit. */
  limit: number | null;
  title: string;
  description: string | null;
  readonly createdAt: Date;
  updatedAt: Date;
  /** Handed out in order. */
  readonly vouchers: Voucher[];
  handedOut: number;
}

export interface Voucher {
  readonly id: string;
  readonly groupId: string;
  readonly code: string;
  readonly type: string;
  readonly createdAt: Date;
  userId: string | null;
  handedOutAt: Date | null;
}
