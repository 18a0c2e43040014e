import { CountField, EnumField, FlagField, IdField, TextField } from '../../http/fields/fields.js';
import { DESCRIPTION_LENGTH_MAX, GROUP_LIMIT_MAX, TITLE_LENGTH_MAX } from './voucher-group-limits.js';
import { NEW_GROUP_TYPES, type NewGroupType } from './voucher-types.js';

export class CreateVoucherGroupDto {
  @TextField({
    description: 'Title of the group.',
    maxLength: TITLE_LENGTH_MAX,
    example: 'Spring campaign',
  })
  readonly title: string;

  @EnumField({
    description: 'What the vouchers are for; `giveaway` is for tests only, not for production.',
    name: 'NewVoucherGroupType',
    values: NEW_GROUP_TYPES,
    example: 'campaign',
  })
  readonly type: NewGroupType;

  @TextField({
    description: 'Description of the group.',
    maxLength: DESCRIPTION_LENGTH_MAX,
    optional: true,
    example: 'One month free',
  })
  readonly description?: string;

  @IdField({ description: 'Id of the campaign.', optional: true, example: '512' })
  readonly campaignId?: string;

  @IdField({ description: 'Id of the product, for giveaways.', optional: true, example: '1337' })
  readonly productId?: string;

  @FlagField({
    description: 'true: one-time codes, one per voucher; false: one code for all.',
    optional: true,
    example: true,
  })
  readonly unique?: boolean;

  @CountField({
    description: 'Maximum number of vouchers or redemptions; omit it for no limit.',
    min: 1,
    max: GROUP_LIMIT_MAX,
    optional: true,
    example: 1000,
  })
  readonly limit?: number;

  @IdField({
    description: 'A unique string for the codes of the group; sent to the upstream once and never stored.',
    optional: true,
    example: 'SPRING26',
  })
  readonly voucherCode?: string;
}
