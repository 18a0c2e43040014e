import { UpstreamCountField, UpstreamTextField } from '../../http/fields/fields.js';

/** Tokens that the upstream took. It tells nothing about single ones. */
export class TokenImportDto {
  @UpstreamTextField({ description: 'Name under which they were imported.', example: 'newsletter' })
  readonly tokenName: string;

  @UpstreamCountField({ description: 'How many tokens were handed over.', example: 3 })
  readonly imported: number;
}
