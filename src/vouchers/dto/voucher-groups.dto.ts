import { ObjectsField } from '../../http/fields/fields.js';
import type { VoucherGroup } from '../../upstreams/spid/spid.types.js';
import { VoucherGroupDto } from './voucher-group.dto.js';

export class VoucherGroupsDto {
  @ObjectsField({
    description: 'One page, in the order of the upstream.',
    type: () => VoucherGroupDto,
  })
  readonly items: readonly VoucherGroupDto[];

  static from(groups: readonly VoucherGroup[]): VoucherGroupsDto {
    return { items: groups.map((each) => VoucherGroupDto.from(each)) };
  }
}
