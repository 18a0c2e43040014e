import { FlagField, IdField, TimeField, UpstreamCountField } from '../../http/fields/fields.js';
import type { ProductAccess } from '../../upstreams/spid/spid.types.js';

/** The subscription that grants access. */
export class SubscriptionAccessDto {
  @IdField({ description: 'Id of the subscription.', example: '158240' })
  readonly subscriptionId: string;

  @TimeField({ description: 'Start of the subscription.', nullable: true, example: '2026-03-04T12:29:06Z' })
  readonly startsAt: string | null;

  @TimeField({ description: 'End of the paid period.', nullable: true, example: '2026-09-11T12:26:38Z' })
  readonly expiresAt: string | null;

  @FlagField({ description: 'Whether the subscription renews automatically.', example: true })
  readonly autoRenew: boolean;

  @UpstreamCountField({
    description: 'Seconds of access after the end of the paid period.',
    nullable: true,
    example: 777_600,
  })
  readonly gracePeriodSeconds: number | null;

  static from(subscription: NonNullable<ProductAccess['subscription']>): SubscriptionAccessDto {
    return { ...subscription };
  }
}
