import { CountField } from '../../http/fields/fields.js';
import { GENERATE_AMOUNT_MAX } from './voucher-group-limits.js';

export class GenerateVouchersDto {
  @CountField({
    description: 'Number of vouchers to generate.',
    min: 1,
    max: GENERATE_AMOUNT_MAX,
    example: 500,
  })
  readonly amount: number;
}
