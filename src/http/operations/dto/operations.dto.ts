import { ObjectsField, UpstreamTextField } from '../../fields/fields.js';
import type { OperationPage } from '../operation.archive.js';
import { OperationDto } from './operation.dto.js';

export class OperationsDto {
  @ObjectsField({ description: 'One page, newest first.', type: () => OperationDto })
  readonly items: readonly OperationDto[];

  @UpstreamTextField({
    description: '`cursor` of the next page; null on the last one.',
    nullable: true,
    example: 'AZy48hwrfU6fAFprfI2eDw',
  })
  readonly nextCursor: string | null;

  static from({ items, nextCursor }: OperationPage): OperationsDto {
    return { items: items.map((each) => OperationDto.from(each)), nextCursor };
  }
}
