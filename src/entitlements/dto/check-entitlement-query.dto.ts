import { EnumField } from '../../http/fields/fields.js';

export class CheckEntitlementQueryDto {
  @EnumField({
    description: '`merchant`: the product is named by its alias instead of its id.',
    name: 'EntitlementScope',
    values: ['merchant'],
    optional: true,
    example: 'merchant',
  })
  readonly scope?: 'merchant';
}
