import { EnumField, IdField, QueryCountField, TextField } from '../../http/fields/fields.js';
import { CursorField } from '../../http/fields/cursor.field.js';
import {
  GROUPS_PER_PAGE,
  GROUPS_PER_PAGE_MAX,
  OFFSET_MAX,
  TITLE_LENGTH_MAX,
} from './voucher-group-limits.js';
import { KNOWN_VOUCHER_TYPES, type KnownVoucherType } from './voucher-types.js';

export class ListVoucherGroupsQueryDto {
  @TextField({
    description: 'Only groups with exactly this title.',
    maxLength: TITLE_LENGTH_MAX,
    optional: true,
    example: 'Spring campaign',
  })
  readonly title?: string;

  @IdField({ description: 'Only groups of this campaign.', optional: true, example: '512' })
  readonly campaignId?: string;

  @EnumField({
    description: 'Only groups of this type.',
    name: 'KnownVoucherType',
    values: KNOWN_VOUCHER_TYPES,
    optional: true,
    example: 'campaign',
  })
  readonly type?: KnownVoucherType;

  @IdField({ description: 'Only groups that give this product away.', optional: true, example: '1337' })
  readonly productId?: string;

  @QueryCountField({
    description: 'Maximum number of groups in the page.',
    min: 1,
    max: GROUPS_PER_PAGE_MAX,
    default: GROUPS_PER_PAGE,
    example: 50,
  })
  readonly limit: number = GROUPS_PER_PAGE;

  @QueryCountField({
    description: 'Number of groups to skip; not together with `cursor`.',
    min: 0,
    max: OFFSET_MAX,
    default: 0,
    example: 0,
  })
  readonly offset: number = 0;

  @CursorField({ description: '`nextCursor` of the previous page, with the same filters.', example: 'MTAw' })
  readonly cursor?: string;
}
