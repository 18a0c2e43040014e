import { UpstreamCountField, UpstreamTextField } from '../../http/fields/fields.js';

/** Tokens that the upstream accepted. It returns nothing about individual tokens. */
export class TokenImportDto {
  @UpstreamTextField({ description: 'The name under which they were imported.', example: 'newsletter' })
  readonly tokenName: string;

  @UpstreamCountField({ description: 'Number of tokens sent to the upstream.', example: 3 })
  readonly imported: number;
}
