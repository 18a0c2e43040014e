import {
  EnumField,
  IdField,
  TimeField,
  UpstreamCountField,
  UpstreamTextField,
} from '../../http/fields/fields.js';
import type { ContentStatus, Entitlement } from '../../upstreams/spid/spid.nouns.js';

const CONTENT_STATUSES = [
  'available',
  'not_selectable',
  'not_visible',
  'not_available',
  'deleted',
  'unknown',
] as const satisfies readonly ContentStatus[];

/** A product that a user holds, as digital content. */
export class EntitlementDto {
  @IdField({ description: 'Id of the product.', example: '10111' })
  readonly productId: string;

  @IdField({ description: 'Id of this holding of the product.', nullable: true, example: '765106' })
  readonly userProductId: string | null;

  @IdField({
    description: 'Id of the product this one belongs to; often its own.',
    nullable: true,
    example: '10111',
  })
  readonly parentProductId: string | null;

  @IdField({
    description: 'Id of the order; null when the product was granted without one.',
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

  @UpstreamTextField({ description: 'The status as the upstream writes it.', nullable: true, example: '3' })
  readonly upstreamStatus: string | null;

  @UpstreamCountField({
    description:
      "The upstream's count for this holding; whether a repeated grant raises it is not documented.",
    nullable: true,
    example: 1,
  })
  readonly count: number | null;

  @TimeField({ description: 'When the user got the product.', nullable: true })
  readonly createdAt: string | null;

  @TimeField({ description: 'When the holding last changed.', nullable: true })
  readonly updatedAt: string | null;

  static from(entitlement: Entitlement): EntitlementDto {
    return { ...entitlement };
  }
}
