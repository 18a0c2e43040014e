import { Controller, Get, Patch, Post } from '@nestjs/common';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { Restricted } from '../http/auth/restrictions/restricted.decorator.js';
import { idParam } from '../http/fields/id-param.decorator.js';
import { CurrentOperation } from '../http/idempotency/current.operation.js';
import { Idempotent } from '../http/idempotency/idempotent.decorator.js';
import { IdempotentRun } from '../http/idempotency/idempotent.run.js';
import { Documented } from '../http/openapi/documented.decorator.js';
import { CreateVoucherGroupDto } from './dto/create-voucher-group.dto.js';
import { DrawVoucherCodesDto } from './dto/draw-voucher-codes.dto.js';
import { DrawnVouchersDto } from './dto/drawn-vouchers.dto.js';
import { GenerateVouchersDto } from './dto/generate-vouchers.dto.js';
import { GeneratedVouchersDto } from './dto/generated-vouchers.dto.js';
import { ListVoucherGroupsQueryDto } from './dto/list-voucher-groups-query.dto.js';
import { UpdateVoucherGroupDto } from './dto/update-voucher-group.dto.js';
import { VoucherGroupDto } from './dto/voucher-group.dto.js';
import { VoucherGroupsDto } from './dto/voucher-groups.dto.js';
import { NonEmptyBodyPipe } from './non.empty.body.pipe.js';
import { VOUCHER_GROUPS_DOCS } from './vouchers.docs.js';
import { VouchersService } from './vouchers.service.js';
import {
  VOUCHER_GROUP_CREATE,
  VOUCHER_GROUP_UPDATE,
  VOUCHERS_GENERATE,
  VOUCHER_CODES_DRAW,
} from './vouchers.writes.js';
import { ValidBody, ValidQuery } from '../http/problems/valid.input.js';

const GroupId = idParam('id', { description: 'Id of the voucher group.', example: '324673248' });

const groupPath = ({ id }: VoucherGroupDto): string => `/v1/voucher-groups/${id}`;

@Documented('Vouchers', VOUCHER_GROUPS_DOCS)
@Controller('voucher-groups')
export class VoucherGroupsController {
  constructor(private readonly vouchers: VouchersService) {}

  @Get()
  @Access('vouchers:read')
  @Restricted({ product: { in: 'query', name: 'productId' }, voucherGroup: { in: 'items', name: 'id' } })
  list(
    @CurrentTenant() tenant: string,
    @ValidQuery() search: ListVoucherGroupsQueryDto,
  ): Promise<VoucherGroupsDto> {
    return this.vouchers.listGroups(tenant, search);
  }

  @Get(':id')
  @Access('vouchers:read')
  @Restricted({ voucherGroup: { in: 'path', name: 'id' } })
  get(@CurrentTenant() tenant: string, @GroupId() id: string): Promise<VoucherGroupDto> {
    return this.vouchers.getGroup(tenant, id);
  }

  @Post()
  @Idempotent({ write: VOUCHER_GROUP_CREATE, key: 'required' })
  @Access('vouchers:manage')
  @Restricted({ product: { in: 'body', name: 'productId' }, voucherGroup: { in: 'new' } })
  create(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @ValidBody() group: CreateVoucherGroupDto,
  ): Promise<VoucherGroupDto> {
    return operation.run(() => this.vouchers.createGroup(tenant, group), groupPath);
  }

  @Patch(':id')
  @Idempotent({ write: VOUCHER_GROUP_UPDATE, key: 'optional' })
  @Access('vouchers:manage')
  @Restricted({ voucherGroup: { in: 'path', name: 'id' } })
  update(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @GroupId() id: string,
    @ValidBody(NonEmptyBodyPipe) change: UpdateVoucherGroupDto,
  ): Promise<VoucherGroupDto> {
    return operation.run(() => this.vouchers.updateGroup(tenant, id, change));
  }

  @Post(':id/vouchers')
  @Idempotent({ write: VOUCHERS_GENERATE, key: 'required' })
  @Access('vouchers:manage')
  @Restricted({ voucherGroup: { in: 'path', name: 'id' } })
  generate(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @GroupId() id: string,
    @ValidBody() { amount }: GenerateVouchersDto,
  ): Promise<GeneratedVouchersDto> {
    return operation.run(() => this.vouchers.generate(tenant, id, amount));
  }

  @Post(':id/codes')
  @Idempotent({ write: VOUCHER_CODES_DRAW, key: 'required' })
  @Access('vouchers:draw')
  @Restricted({ voucherGroup: { in: 'path', name: 'id' } })
  draw(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @GroupId() id: string,
    @ValidBody() { amount }: DrawVoucherCodesDto,
  ): Promise<DrawnVouchersDto> {
    return operation.run(() => this.vouchers.drawCodes(tenant, id, amount));
  }
}
