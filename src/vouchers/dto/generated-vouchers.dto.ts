import { IdField, UpstreamCountField } from '../../http/fields/fields.js';

/** Vouchers that were added to a group; the upstream does not return their codes (SPiD B9). */
export class GeneratedVouchersDto {
  @IdField({ description: 'The group to which the vouchers were added.', example: '324673248' })
  readonly voucherGroupId: string;

  @UpstreamCountField({ description: 'Number of vouchers generated.', example: 500 })
  readonly generated: number;

  static from(voucherGroupId: string, generated: number): GeneratedVouchersDto {
    return { voucherGroupId, generated };
  }
}
