import {
  EnumField,
  IdField,
  TimeField,
  UpstreamCountField,
  UpstreamTextField,
} from '../../http/fields/fields.js';
import type { ContentStatus, Entitlement } from '../../upstreams/spid/spid.types.js';

const CONTENT_STATUSES = [
  'available',
  'not_selectable',
  'not_visible',
  'not_available',
  'deleted',
  'unknown',
] as const satisfies readonly ContentStatus[];

/** A product of a user, as digital content. */
export class EntitlementDto {
  @IdField({ description: 'Id of the product.', example: '10111' })
  readonly productId: string;

  @IdField({ description: "Id of the user's entitlement to the product.", nullable: true, example: '765106' })
  readonly userProductId: string | null;

  @IdField({
    description: 'Id of the product this one belongs to; often its own id.',
    nullable: true,
    example: '10111',
  })
  readonly parentProductId: string | null;

  @IdField({
    description: 'Id of the order; null if the product was granted without one.',
    nullable: true,
    example: '674',
  })
  readonly orderId: string | null;

  @EnumField({
    description: 'Status of the content.',
    name: 'ContentStatus',
    values: CONTENT_STATUSES,
    example: 'available',
  })
  readonly status: ContentStatus;

  @UpstreamTextField({ description: 'The status as the upstream returned it.', nullable: true, example: '3' })
  readonly upstreamStatus: string | null;

  @UpstreamCountField({
    description:
      'The count of the upstream for this entitlement; the upstream does not document whether a repeated ' +
      'grant increases it.',
    nullable: true,
    example: 1,
  })
  readonly count: number | null;

  @TimeField({ description: 'When the user received the product.', nullable: true })
  readonly createdAt: string | null;

  @TimeField({ description: 'When the entitlement last changed.', nullable: true })
  readonly updatedAt: string | null;

  static from(entitlement: Entitlement): EntitlementDto {
    return { ...entitlement };
  }
}
