import { EnumField, IdField, ObjectField, TimeField, UpstreamTextField } from '../../http/fields/fields.js';
import type { Voucher, VoucherStatus, VoucherType } from '../../upstreams/spid/spid.types.js';
import { VoucherGroupDto } from './voucher-group.dto.js';
import { UpstreamTypeField, VoucherTypeField } from './voucher-type.fields.js';

const VOUCHER_STATUSES = [
  'free',
  'handed_out',
  'redeemed',
  'expired',
  'unknown',
] as const satisfies readonly VoucherStatus[];

/** A voucher and the group it belongs to. */
export class VoucherDto {
  @IdField({ description: 'Id of the voucher.', example: '557916' })
  readonly id: string;

  @UpstreamTextField({ description: 'The code that redeems the voucher.', example: '64-HB2I-OPBL' })
  readonly code: string;

  @IdField({ description: 'The group the voucher belongs to.', example: '324673248' })
  readonly voucherGroupId: string;

  @EnumField({
    description: 'Status of the voucher.',
    name: 'VoucherStatus',
    values: VOUCHER_STATUSES,
    example: 'handed_out',
  })
  readonly status: VoucherStatus;

  @UpstreamTextField({ description: 'The status as the upstream returned it.', nullable: true, example: '1' })
  readonly upstreamStatus: string | null;

  @VoucherTypeField()
  readonly type: VoucherType;

  @UpstreamTypeField()
  readonly upstreamType: string | null;

  @IdField({
    description: 'The only user who can redeem it; null if it is not assigned to a user.',
    nullable: true,
    example: '938029',
  })
  readonly userId: string | null;

  @TimeField({ description: 'When the voucher was handed out.', nullable: true })
  readonly handedOutAt: string | null;

  @TimeField({ description: 'When the voucher was generated.', nullable: true })
  readonly createdAt: string | null;

  @TimeField({
    description: 'When the upstream last changed the voucher; a handout does not always update it.',
    nullable: true,
  })
  readonly updatedAt: string | null;

  @ObjectField({
    description: 'The group, if the upstream returned it with the voucher.',
    type: () => VoucherGroupDto,
    nullable: true,
  })
  readonly group: VoucherGroupDto | null;

  static from(voucher: Voucher): VoucherDto {
    return { ...voucher, group: voucher.group && VoucherGroupDto.from(voucher.group) };
  }
}
