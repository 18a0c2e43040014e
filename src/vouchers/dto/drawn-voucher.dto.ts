import { IdField, TimeField, UpstreamTextField } from '../../http/fields/fields.js';
import type { DrawnVoucher, VoucherType } from '../../upstreams/spid/spid.types.js';
import { UpstreamTypeField, VoucherTypeField } from './voucher-type.fields.js';

/** One drawn code. */
export class DrawnVoucherDto {
  @IdField({
    description: 'Id of the voucher, if the upstream returned it.',
    nullable: true,
    example: '557916',
  })
  readonly id: string | null;

  @UpstreamTextField({ description: 'The code that redeems the voucher.', example: '64-HB2I-OPBL' })
  readonly code: string;

  @IdField({ description: 'The group the voucher was taken from.', example: '324673248' })
  readonly voucherGroupId: string;

  @VoucherTypeField()
  readonly type: VoucherType;

  @UpstreamTypeField()
  readonly upstreamType: string | null;

  @TimeField({ description: 'When the voucher was generated.', nullable: true })
  readonly createdAt: string | null;

  static from(voucher: DrawnVoucher): DrawnVoucherDto {
    return { ...voucher };
  }
}
