import { TimestampText } from '../../config/timestamp.text.js';
import { TimeField } from '../../http/fields/fields.js';
import type { ProductAccess } from '../../upstreams/spid/spid.types.js';
import { EntitlementAccessDto } from './entitlement-access.dto.js';

const askedAt = new TimestampText();

/** Response to a check. */
export class EntitlementCheckDto extends EntitlementAccessDto {
  @TimeField({
    description: 'When the upstream was asked: nothing that changed there later is in this response.',
    example: '2026-03-04T12:29:06.123Z',
  })
  readonly asOf: string;

  /** @param askedAtMs milliseconds since 1970, taken before the upstream was asked */
  static of(access: ProductAccess, askedAtMs: number): EntitlementCheckDto {
    const { productId, granted, subscription } = EntitlementAccessDto.from(access);
    return { productId, granted, subscription, asOf: askedAt.of(askedAtMs) };
  }
}
