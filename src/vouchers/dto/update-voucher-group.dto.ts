import { CountField, TextField } from '../../http/fields/fields.js';
import { DESCRIPTION_LENGTH_MAX, GROUP_LIMIT_MAX, TITLE_LENGTH_MAX } from './voucher-group-limits.js';

export class UpdateVoucherGroupDto {
  @TextField({
    description: 'New title.',
    maxLength: TITLE_LENGTH_MAX,
    optional: true,
    example: 'Spring campaign, prolonged',
  })
  readonly title?: string;

  @TextField({
    description: 'New description.',
    maxLength: DESCRIPTION_LENGTH_MAX,
    optional: true,
    example: 'Two months free',
  })
  readonly description?: string;

  @CountField({
    description: 'New maximum number of vouchers or redemptions; 0 removes the limit.',
    min: 0,
    max: GROUP_LIMIT_MAX,
    optional: true,
    example: 2000,
  })
  readonly limit?: number;
}
