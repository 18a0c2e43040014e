import { FlagField, IdField, ObjectField } from '../../http/fields/fields.js';
import type { ProductAccess } from '../../upstreams/spid/spid.types.js';
import { SubscriptionAccessDto } from './subscription-access.dto.js';

/** Whether a user has a product: response to a check, a grant and a revocation. */
export class EntitlementAccessDto {
  @IdField({ description: 'Id of the product.', example: '301694' })
  readonly productId: string;

  @FlagField({ description: 'Whether the user has the product.', example: true })
  readonly granted: boolean;

  @ObjectField({
    description: 'The subscription that grants the access; null for a plain product and without access.',
    type: () => SubscriptionAccessDto,
    nullable: true,
  })
  readonly subscription: SubscriptionAccessDto | null;

  static from({ productId, granted, subscription }: ProductAccess): EntitlementAccessDto {
    return { productId, granted, subscription: subscription && SubscriptionAccessDto.from(subscription) };
  }

  static revoked(productId: string): EntitlementAccessDto {
    return { productId, granted: false, subscription: null };
  }
}
