import { EnumField } from '../../http/fields/fields.js';

export class CheckEntitlementQueryDto {
  @EnumField({
    description: '`merchant`: `productId` is the alias of the product instead of its id.',
    name: 'EntitlementScope',
    values: ['merchant'],
    optional: true,
    example: 'merchant',
  })
  readonly scope?: 'merchant';
}
