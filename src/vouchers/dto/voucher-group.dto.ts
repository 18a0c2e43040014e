import {
  FlagField,
  IdField,
  TimeField,
  UpstreamCountField,
  UpstreamTextField,
} from '../../http/fields/fields.js';
import type { VoucherGroup, VoucherType } from '../../upstreams/spid/spid.types.js';
import { UpstreamTypeField, VoucherTypeField } from './voucher-type.fields.js';

/** A group of vouchers with one type and one limit. */
export class VoucherGroupDto {
  @IdField({ description: 'Id of the group.', example: '324673248' })
  readonly id: string;

  @UpstreamTextField({ description: 'Title of the group.', nullable: true, example: 'Spring campaign' })
  readonly title: string | null;

  @UpstreamTextField({ description: 'Description of the group.', nullable: true, example: 'One month free' })
  readonly description: string | null;

  @VoucherTypeField('What the vouchers are for.')
  readonly type: VoucherType;

  @UpstreamTypeField()
  readonly upstreamType: string | null;

  @FlagField({
    description: 'true: one-time codes, one per voucher; false: one code for all.',
    nullable: true,
    example: true,
  })
  readonly unique: boolean | null;

  @UpstreamCountField({
    description: 'Maximum number of vouchers or redemptions; null means no limit.',
    nullable: true,
    example: 1000,
  })
  readonly limit: number | null;

  @IdField({ description: 'Id of the campaign.', nullable: true, example: '512' })
  readonly campaignId: string | null;

  @IdField({ description: 'Id of the product, for giveaways.', nullable: true, example: '1337' })
  readonly productId: string | null;

  @UpstreamCountField({
    description: 'Vouchers generated so far; null in lists and after writes.',
    nullable: true,
    example: 1000,
  })
  readonly generatedVouchers: number | null;

  @UpstreamCountField({
    description: 'Vouchers still free; null in lists and after writes.',
    nullable: true,
    example: 874,
  })
  readonly availableVouchers: number | null;

  @TimeField({ description: 'When the group was created.', nullable: true })
  readonly createdAt: string | null;

  @TimeField({ description: 'When the group last changed.', nullable: true })
  readonly updatedAt: string | null;

  static from(group: VoucherGroup): VoucherGroupDto {
    return { ...group };
  }
}
