import { UpstreamCountField, UpstreamTextField } from '../../http/fields/fields.js';

/** Tokens that the upstream took. It tells nothing about single ones. */
export class TokenImportDto {
  @UpstreamTextField({ description: 'The name under which they were imported.', example: 'newsletter' })
  readonly tokenName: string;

  @UpstreamCountField({ description: 'Number of tokens sent to the upstream.', example: 3 })
  readonly imported: number;
}
