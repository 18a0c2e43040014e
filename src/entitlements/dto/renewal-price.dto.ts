import { UpstreamCountField, UpstreamTextField } from '../../http/fields/fields.js';

export class RenewalPriceDto {
  @UpstreamCountField({ description: 'Price in the smallest unit of the currency.', example: 2900 })
  readonly amountMinor: number;

  @UpstreamTextField({ description: 'ISO 4217 code.', nullable: true, example: 'SEK' })
  readonly currency: string | null;
}
