import { UpstreamTextField } from '../../http/fields/fields.js';

export class TokenNameDto {
  @UpstreamTextField({ description: 'What `tokenName` of an import takes.', example: 'newsletter' })
  readonly name: string;
}
