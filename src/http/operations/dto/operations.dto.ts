import { ObjectsField, UpstreamTextField } from '../../fields/fields.js';
import type { OperationPage } from '../../../ledger/queries/operation.queries.js';
import { OperationDto } from './operation.dto.js';

export class OperationsDto {
  @ObjectsField({
    description: 'One page, newest first. It may hold fewer than `limit`, or none, even if more follow.',
    type: () => OperationDto,
  })
  readonly items: readonly OperationDto[];

  @UpstreamTextField({
    description: '`cursor` of the next page; null on the last page. Only null ends the list.',
    nullable: true,
    example: 'AZy48hwrfU6fAFprfI2eDw',
  })
  readonly nextCursor: string | null;

  static from({ items, nextCursor }: OperationPage, showsProcess: boolean): OperationsDto {
    return { items: items.map((each) => OperationDto.from(each, { showsProcess })), nextCursor };
  }
}
