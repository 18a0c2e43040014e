import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/auth/access.decorator.js';
import { type Caller, CurrentCaller, CurrentTenant } from '../http/auth/caller.js';
import { Restricted } from '../http/auth/restricted.decorator.js';
import { ApiIdParam } from '../http/fields/api-id-param.decorator.js';
import { ID_LENGTH_MAX } from '../http/fields/fields.js';
import { IdPipe } from '../http/fields/id.pipe.js';
import { Idempotent } from '../http/operations/idempotent.decorator.js';
import { CurrentOperation } from '../http/operations/operation.interceptor.js';
import { OperationRun } from '../http/operations/operation.run.js';
import { ApiProblems } from '../http/problems/api-problems.decorator.js';
import { UPSTREAM_READ, UPSTREAM_WRITE } from '../http/problems/upstream.slugs.js';
import { HandOutVoucherDto } from './dto/hand-out-voucher.dto.js';
import { RecordedHandoutDto } from './dto/recorded-handout.dto.js';
import { VoucherHandoutDto } from './dto/voucher-handout.dto.js';
import { VoucherDto } from './dto/voucher.dto.js';
import { VouchersService } from './vouchers.service.js';

@ApiTags('Vouchers')
@Controller()
export class VouchersController {
  constructor(private readonly vouchers: VouchersService) {}

  @Post('voucher-handouts')
  @Idempotent({ kind: 'voucher_handout', key: 'required' })
  @Access('vouchers:handout')
  @Restricted('voucherGroup', { in: 'body', name: 'voucherGroupId' })
  @ApiOperation({
    operationId: 'handOutVoucher',
    summary: 'Give a user a voucher of a group',
    description:
      'Takes one free voucher of the group and ties it to the user; the upstream does not tell its code. ' +
      'Every executed call takes another voucher. Repeat it, with the same Idempotency-Key, after ' +
      '`outcome: not_executed`; never with a new key after `outcome: unknown`, for the user may already have one.',
  })
  @ApiCreatedResponse({ description: 'The user has the voucher.', type: VoucherHandoutDto })
  @ApiProblems(...UPSTREAM_WRITE, 'user-not-found', 'voucher-group-not-found', 'voucher-unavailable')
  handOut(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Body() handout: HandOutVoucherDto,
  ): Promise<VoucherHandoutDto> {
    return operation.run(
      (id) => this.vouchers.handOut(tenant, handout, id),
      ({ id }) => `/v1/voucher-handouts/${id}`,
    );
  }

  @Get('voucher-handouts/:id')
  @Access('vouchers:read')
  @ApiOperation({
    operationId: 'getVoucherHandout',
    summary: 'Read whether a user got a voucher',
    description:
      'Tells what the gateway knows of a handout that was asked for; the upstream is not asked. The handout of ' +
      'another caller is not found, unless you hold `operations:resolve`. Safe to repeat.',
  })
  @ApiIdParam('id', 'Id of the handout.', '019aa8f5-6b1e-7c3a-9a52-6e6f5d1c2b7a')
  @ApiOkResponse({ description: 'What is known of the handout.', type: RecordedHandoutDto })
  @ApiProblems('operation-not-found', 'ledger-unavailable')
  getHandout(
    @CurrentCaller() caller: Caller,
    @Param('id', new IdPipe('id', ID_LENGTH_MAX)) id: string,
  ): Promise<RecordedHandoutDto> {
    return this.vouchers.getHandout(caller, id);
  }

  @Get('vouchers/:code')
  @Access('vouchers:read')
  @Restricted('voucherGroup', { in: 'answer', name: 'voucherGroupId', missing: 'voucher' })
  @ApiOperation({
    operationId: 'getVoucher',
    summary: 'Look a voucher up by its code',
    description: 'Tells whether it is free, handed out, redeemed or expired. Safe to repeat.',
  })
  @ApiIdParam('code', 'The code as a person types it.', '64-HB2I-OPBL')
  @ApiOkResponse({ description: 'The voucher and its group.', type: VoucherDto })
  @ApiProblems(...UPSTREAM_READ, 'voucher-not-found')
  getVoucher(
    @CurrentTenant() tenant: string,
    @Param('code', new IdPipe('code', ID_LENGTH_MAX)) code: string,
  ): Promise<VoucherDto> {
    return this.vouchers.getVoucher(tenant, code);
  }
}
