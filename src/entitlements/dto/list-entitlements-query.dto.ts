import { QueryWordsField } from '../../http/fields/fields.js';
import type { EntitlementFilter } from '../../upstreams/spid/spid.types.js';

const FILTERS = ['active', 'expired', 'all'] as const satisfies readonly EntitlementFilter[];

export class ListEntitlementsQueryDto {
  @QueryWordsField({
    description: 'Which entitlements to list: one or more values, separated by commas. Default: `active`.',
    name: 'EntitlementFilter',
    values: FILTERS,
    default: ['active'],
    example: ['active', 'expired'],
  })
  readonly status: readonly EntitlementFilter[] = ['active'];
}
