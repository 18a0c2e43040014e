import { CountField } from '../../http/fields/fields.js';
import { DRAW_AMOUNT_MAX } from './voucher-group-limits.js';

export class DrawVoucherCodesDto {
  @CountField({ description: 'Number of codes to draw.', min: 1, max: DRAW_AMOUNT_MAX, example: 2 })
  readonly amount: number;
}
