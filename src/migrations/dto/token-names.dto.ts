import { ObjectsField } from '../../http/fields/fields.js';
import { TokenNameDto } from './token-name.dto.js';

export class TokenNamesDto {
  @ObjectsField({ description: 'In the order of the upstream.', type: () => TokenNameDto })
  readonly items: readonly TokenNameDto[];

  static from(names: readonly string[]): TokenNamesDto {
    return { items: names.map((name) => ({ name })) };
  }
}
