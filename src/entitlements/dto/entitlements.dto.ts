import { ObjectsField } from '../../http/fields/fields.js';
import type { Entitlement } from '../../upstreams/spid/spid.types.js';
import { EntitlementDto } from './entitlement.dto.js';

export class EntitlementsDto {
  @ObjectsField({ description: 'In the order of the upstream.', type: () => EntitlementDto })
  readonly items: readonly EntitlementDto[];

  static from(entitlements: readonly Entitlement[]): EntitlementsDto {
    return { items: entitlements.map((each) => EntitlementDto.from(each)) };
  }
}
