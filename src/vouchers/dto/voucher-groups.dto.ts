import { ObjectsField, UpstreamTextField } from '../../http/fields/fields.js';
import type { VoucherGroup } from '../../upstreams/spid/spid.types.js';
import { VoucherGroupDto } from './voucher-group.dto.js';

export class VoucherGroupsDto {
  @ObjectsField({
    description:
      'One page, in the order of the upstream. It may hold fewer than `limit`, or none, even if more follow.',
    type: () => VoucherGroupDto,
  })
  readonly items: readonly VoucherGroupDto[];

  @UpstreamTextField({
    description:
      '`cursor` of the next page; null on the last page. Only null ends the list. A group that is created ' +
      'or removed between two pages may move others into a page that was read.',
    nullable: true,
    example: 'MTAw',
  })
  readonly nextCursor: string | null;

  static from(groups: readonly VoucherGroup[], nextCursor: string | null): VoucherGroupsDto {
    return { items: groups.map((each) => VoucherGroupDto.from(each)), nextCursor };
  }
}
