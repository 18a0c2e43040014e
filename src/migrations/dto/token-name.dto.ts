import { UpstreamTextField } from '../../http/fields/fields.js';

export class TokenNameDto {
  @UpstreamTextField({ description: 'Value for `tokenName` of an import.', example: 'newsletter' })
  readonly name: string;
}
