import {
  EnumField,
  FlagField,
  IdField,
  ObjectField,
  TimeField,
  UpstreamCountField,
  UpstreamTextField,
} from '../../http/fields/fields.js';
import type {
  Subscription,
  SubscriptionChangeReason,
  SubscriptionStatus,
} from '../../upstreams/spid/spid.types.js';
import { RenewalPriceDto } from './renewal-price.dto.js';

const SUBSCRIPTION_STATUSES = [
  'active',
  'inactive',
  'expired',
  'unknown',
] as const satisfies readonly SubscriptionStatus[];

const CHANGE_REASONS = [
  'charge_failures',
  'api',
  'passive',
  'forced',
  'no_longer_for_sale',
  'renewed_by_new_subscription',
  'account_deleted',
  'paused',
  'expiry_changed',
  'auto_renewal_disabled_by_user',
  'auto_renewal_off_at_migration',
  'migrated',
  'unknown',
] as const satisfies readonly SubscriptionChangeReason[];

/** A subscription of a user that was sold through the tenant's own client. */
export class SubscriptionDto {
  @IdField({ description: 'Id of the subscription.', example: '165937' })
  readonly subscriptionId: string;

  @IdField({ description: 'Id of the product.', nullable: true, example: '10012' })
  readonly productId: string | null;

  @UpstreamTextField({ description: 'Name of the product.', nullable: true, example: 'Plus, monthly' })
  readonly productName: string | null;

  @IdField({ description: 'Id of the order.', nullable: true, example: '10722405' })
  readonly orderId: string | null;

  @EnumField({
    description: 'Status of the subscription.',
    name: 'SubscriptionStatus',
    values: SUBSCRIPTION_STATUSES,
    example: 'active',
  })
  readonly status: SubscriptionStatus;

  @UpstreamTextField({ description: 'The status as the upstream returned it.', nullable: true, example: '1' })
  readonly upstreamStatus: string | null;

  @EnumField({
    description: 'Why the status last changed; null if it never changed.',
    name: 'SubscriptionChangeReason',
    values: CHANGE_REASONS,
    nullable: true,
    example: 'api',
  })
  readonly statusChangeReason: SubscriptionChangeReason | null;

  @TimeField({ description: 'When the status last changed.', nullable: true })
  readonly statusChangedAt: string | null;

  @TimeField({ description: 'Start of the subscription.', nullable: true })
  readonly startsAt: string | null;

  @TimeField({ description: 'End of the paid period.', nullable: true })
  readonly expiresAt: string | null;

  @TimeField({
    description: 'When the subscription ends permanently; null while it may renew.',
    nullable: true,
  })
  readonly endsAt: string | null;

  @FlagField({ description: 'Whether the subscription renews automatically.', nullable: true, example: true })
  readonly autoRenew: boolean | null;

  @ObjectField({ description: 'Price of the next period.', type: () => RenewalPriceDto, nullable: true })
  readonly renewalPrice: RenewalPriceDto | null;

  @UpstreamCountField({ description: 'Length of a period in seconds.', nullable: true, example: 2_592_000 })
  readonly renewalPeriodSeconds: number | null;

  @UpstreamCountField({
    description: 'Seconds of access after the paid period.',
    nullable: true,
    example: 777_600,
  })
  readonly gracePeriodSeconds: number | null;

  @TimeField({ description: 'When the subscription was created.', nullable: true })
  readonly createdAt: string | null;

  @TimeField({ description: 'When the subscription last changed.', nullable: true })
  readonly updatedAt: string | null;

  static from(subscription: Subscription): SubscriptionDto {
    return { ...subscription };
  }
}
