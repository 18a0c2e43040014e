import { EnumField, UpstreamTextField } from '../../http/fields/fields.js';
import { VOUCHER_TYPES } from './voucher-types.js';

/** The type of one voucher or of a group's. */
export function VoucherTypeField(description = 'What the voucher is for.'): PropertyDecorator {
  return EnumField({ description, name: 'VoucherType', values: VOUCHER_TYPES, example: 'campaign' });
}

export function UpstreamTypeField(): PropertyDecorator {
  return UpstreamTextField({
    description: 'The type as the upstream returned it.',
    nullable: true,
    example: '5',
  });
}
