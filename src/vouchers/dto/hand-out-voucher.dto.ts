import { IdField } from '../../http/fields/fields.js';

export class HandOutVoucherDto {
  @IdField({ description: 'The user who receives the voucher.', example: '938029' })
  readonly userId: string;

  @IdField({ description: 'The group to take a free voucher from.', example: '324673248' })
  readonly voucherGroupId: string;
}
