import { FlagField, IdField, TimeField } from '../../http/fields/fields.js';
import type { HandOutVoucherDto } from './hand-out-voucher.dto.js';

/** A voucher that a user received. The upstream does not return which one, so there is no code (SPiD B7). */
export class VoucherHandoutDto {
  @IdField({
    description: 'Id of the handout, and of its operation.',
    example: '019aa8f5-6b1e-7c3a-9a52-6e6f5d1c2b7a',
  })
  readonly id: string;

  @IdField({
    description: 'The user who received the voucher; no other user can redeem it.',
    example: '938029',
  })
  readonly userId: string;

  @IdField({ description: 'The group the voucher was taken from.', example: '324673248' })
  readonly voucherGroupId: string;

  @FlagField({ description: 'Always true; any other outcome is returned as a problem.', example: true })
  readonly handedOut: true;

  @TimeField({
    description:
      'When the upstream confirmed it, by the clock of the gateway; null if a person decided that it was ' +
      'executed.',
    nullable: true,
  })
  readonly handedOutAt: string | null;

  static from(
    id: string,
    { userId, voucherGroupId }: HandOutVoucherDto,
    handedOutAt: Date,
  ): VoucherHandoutDto {
    return { id, userId, voucherGroupId, handedOut: true, handedOutAt: handedOutAt.toISOString() };
  }
}
