import { ObjectsField } from '../../http/fields/fields.js';
import type { DrawnVoucher } from '../../upstreams/spid/spid.types.js';
import { DrawnVoucherDto } from './drawn-voucher.dto.js';

export class DrawnVouchersDto {
  @ObjectsField({ description: 'The drawn codes; they cannot be read again.', type: () => DrawnVoucherDto })
  readonly items: readonly DrawnVoucherDto[];

  static from(vouchers: readonly DrawnVoucher[]): DrawnVouchersDto {
    return { items: vouchers.map((each) => DrawnVoucherDto.from(each)) };
  }
}
