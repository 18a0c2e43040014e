import { ObjectsField } from '../../http/fields/fields.js';
import { TokenNameDto } from './token-name.dto.js';

export class TokenNamesDto {
  @ObjectsField({ description: 'Ordered as the upstream orders them.', type: () => TokenNameDto })
  readonly items: readonly TokenNameDto[];

  static from(names: readonly string[]): TokenNamesDto {
    return { items: names.map((name) => ({ name })) };
  }
}
