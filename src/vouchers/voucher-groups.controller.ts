import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { Restricted } from '../http/auth/restricted.decorator.js';
import { ApiIdParam } from '../http/fields/api-id-param.decorator.js';
import { ID_LENGTH_MAX } from '../http/fields/fields.js';
import { IdPipe } from '../http/fields/id.pipe.js';
import { Idempotent } from '../http/operations/idempotent.decorator.js';
import { CurrentOperation } from '../http/operations/operation.interceptor.js';
import { OperationRun } from '../http/operations/operation.run.js';
import { ApiProblems } from '../http/problems/api-problems.decorator.js';
import { UPSTREAM_PREPARED_WRITE, UPSTREAM_READ, UPSTREAM_WRITE } from '../http/problems/upstream.slugs.js';
import { AnyFieldPipe } from './any.field.pipe.js';
import { CreateVoucherGroupDto } from './dto/create-voucher-group.dto.js';
import { DrawVoucherCodesDto } from './dto/draw-voucher-codes.dto.js';
import { DrawnVouchersDto } from './dto/drawn-vouchers.dto.js';
import { GenerateVouchersDto } from './dto/generate-vouchers.dto.js';
import { GeneratedVouchersDto } from './dto/generated-vouchers.dto.js';
import { ListVoucherGroupsQueryDto } from './dto/list-voucher-groups-query.dto.js';
import { UpdateVoucherGroupDto } from './dto/update-voucher-group.dto.js';
import { VoucherGroupDto } from './dto/voucher-group.dto.js';
import { VoucherGroupsDto } from './dto/voucher-groups.dto.js';
import { VouchersService } from './vouchers.service.js';

const GROUP_ID = new IdPipe('id', ID_LENGTH_MAX);

@ApiTags('Vouchers')
@Controller('voucher-groups')
export class VoucherGroupsController {
  constructor(private readonly vouchers: VouchersService) {}

  @Get()
  @Access('vouchers:read')
  @Restricted('voucherGroup', { in: 'items', name: 'id' })
  @Restricted('product', { in: 'query', name: 'productId' })
  @ApiOperation({
    operationId: 'listVoucherGroups',
    summary: 'Search voucher groups',
    description: 'Without a filter: all groups of the tenant, page by page. Safe to repeat.',
  })
  @ApiOkResponse({ description: 'One page of groups.', type: VoucherGroupsDto })
  @ApiProblems(...UPSTREAM_READ)
  list(
    @CurrentTenant() tenant: string,
    @Query() search: ListVoucherGroupsQueryDto,
  ): Promise<VoucherGroupsDto> {
    return this.vouchers.listGroups(tenant, search);
  }

  @Get(':id')
  @Access('vouchers:read')
  @Restricted('voucherGroup', { in: 'path', name: 'id' })
  @ApiOperation({
    operationId: 'getVoucherGroup',
    summary: 'Read a voucher group and how many vouchers it has left',
    description: 'The counts are those of this moment: others may draw from the group too. Safe to repeat.',
  })
  @ApiIdParam('id', 'Id of the voucher group.', '324673248')
  @ApiOkResponse({ description: 'The group with its counts.', type: VoucherGroupDto })
  @ApiProblems(...UPSTREAM_READ, 'voucher-group-not-found')
  get(@CurrentTenant() tenant: string, @Param('id', GROUP_ID) id: string): Promise<VoucherGroupDto> {
    return this.vouchers.getGroup(tenant, id);
  }

  @Post()
  @Idempotent({ kind: 'voucher_group_create', key: 'required' })
  @Access('vouchers:manage')
  @Restricted('voucherGroup', { in: 'new' })
  @Restricted('product', { in: 'body', name: 'productId' })
  @ApiOperation({
    operationId: 'createVoucherGroup',
    summary: 'Create a voucher group',
    description:
      'The group starts without vouchers; generate them next. Repeat it after `outcome: not_executed`. ' +
      'After `outcome: unknown` search the groups by title first: a second call creates a second group.',
  })
  @ApiCreatedResponse({
    description: 'The new group.',
    type: VoucherGroupDto,
    headers: { Location: { description: 'Path of the new group.', schema: { type: 'string' } } },
  })
  @ApiProblems(...UPSTREAM_WRITE)
  create(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Body() group: CreateVoucherGroupDto,
  ): Promise<VoucherGroupDto> {
    return operation.run(
      () => this.vouchers.createGroup(tenant, group),
      ({ id }) => `/v1/voucher-groups/${id}`,
    );
  }

  @Patch(':id')
  @Idempotent({ kind: 'voucher_group_update', key: 'optional' })
  @Access('vouchers:manage')
  @Restricted('voucherGroup', { in: 'path', name: 'id' })
  @ApiOperation({
    operationId: 'updateVoucherGroup',
    summary: 'Change the title, description or limit of a voucher group',
    description:
      'Fields left out stay as they are; at least one is needed. A group that is so already is answered so, and ' +
      'nothing is sent. Safe to repeat: while the same request runs or has no known outcome, it is answered 409 or ' +
      '504 with that operation.',
  })
  @ApiIdParam('id', 'Id of the voucher group.', '324673248')
  @ApiOkResponse({ description: 'The changed group.', type: VoucherGroupDto })
  @ApiProblems(...UPSTREAM_PREPARED_WRITE, 'voucher-group-not-found')
  update(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Param('id', GROUP_ID) id: string,
    @Body(AnyFieldPipe) change: UpdateVoucherGroupDto,
  ): Promise<VoucherGroupDto> {
    return operation.run(() => this.vouchers.updateGroup(tenant, id, change));
  }

  @Post(':id/vouchers')
  @Idempotent({ kind: 'vouchers_generate', key: 'required' })
  @Access('vouchers:manage')
  @Restricted('voucherGroup', { in: 'path', name: 'id' })
  @ApiOperation({
    operationId: 'generateVouchers',
    summary: 'Add vouchers to a group',
    description:
      'Generates free vouchers with codes of their own; a group with one code for all takes none. ' +
      'Every executed call adds the amount again: repeat it only after `outcome: not_executed`, ' +
      'and after `outcome: unknown` compare the counts of the group first.',
  })
  @ApiIdParam('id', 'Id of the voucher group.', '324673248')
  @ApiCreatedResponse({ description: 'The vouchers are there.', type: GeneratedVouchersDto })
  @ApiProblems(...UPSTREAM_WRITE, 'voucher-group-not-found')
  generate(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Param('id', GROUP_ID) id: string,
    @Body() { amount }: GenerateVouchersDto,
  ): Promise<GeneratedVouchersDto> {
    return operation.run(() => this.vouchers.generate(tenant, id, amount));
  }

  @Post(':id/codes')
  @Idempotent({ kind: 'voucher_codes_draw', key: 'required' })
  @Access('vouchers:draw')
  @Restricted('voucherGroup', { in: 'path', name: 'id' })
  @ApiOperation({
    operationId: 'drawVoucherCodes',
    summary: 'Draw voucher codes from a group',
    description:
      'Takes free vouchers and answers their codes, for use outside the user accounts. Keep the answer: the upstream ' +
      'tells the codes once only. With fewer left than asked none is taken and the answer is 409. Every executed ' +
      'call takes further vouchers: repeat it, with the same Idempotency-Key, only after `outcome: not_executed`.',
  })
  @ApiIdParam('id', 'Id of the voucher group.', '324673248')
  @ApiCreatedResponse({ description: 'The drawn codes.', type: DrawnVouchersDto })
  @ApiProblems(...UPSTREAM_WRITE, 'voucher-group-not-found', 'voucher-unavailable')
  draw(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Param('id', GROUP_ID) id: string,
    @Body() { amount }: DrawVoucherCodesDto,
  ): Promise<DrawnVouchersDto> {
    return operation.run(() => this.vouchers.drawCodes(tenant, id, amount));
  }
}
