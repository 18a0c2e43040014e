import { Controller, Get, Post } from '@nestjs/common';
import { Access } from '../http/auth/access.decorator.js';
import { type Caller, CurrentCaller, CurrentTenant } from '../http/auth/caller.js';
import { Restricted } from '../http/auth/restrictions/restricted.decorator.js';
import { idParam } from '../http/fields/id-param.decorator.js';
import { CurrentOperation } from '../http/idempotency/current.operation.js';
import { Idempotent } from '../http/idempotency/idempotent.decorator.js';
import { IdempotentRun } from '../http/idempotency/idempotent.run.js';
import { Documented } from '../http/openapi/documented.decorator.js';
import { HandOutVoucherDto } from './dto/hand-out-voucher.dto.js';
import { RecordedHandoutDto } from './dto/recorded-handout.dto.js';
import { VoucherHandoutDto } from './dto/voucher-handout.dto.js';
import { VoucherDto } from './dto/voucher.dto.js';
import { VOUCHERS_DOCS } from './vouchers.docs.js';
import { VouchersService } from './vouchers.service.js';
import { VOUCHER_HANDOUT } from './vouchers.writes.js';
import { ValidBody } from '../http/problems/valid.input.js';

const HandoutId = idParam('id', {
  description: 'Id of the handout.',
  example: '019aa8f5-6b1e-7c3a-9a52-6e6f5d1c2b7a',
});
const VoucherCode = idParam('code', {
  description: 'The code as printed or sent to the user.',
  example: '64-HB2I-OPBL',
});

const handoutPath = ({ id }: VoucherHandoutDto): string => `/v1/voucher-handouts/${id}`;

@Documented('Vouchers', VOUCHERS_DOCS)
@Controller()
export class VouchersController {
  constructor(private readonly vouchers: VouchersService) {}

  @Post('voucher-handouts')
  @Idempotent({ write: VOUCHER_HANDOUT, key: 'required' })
  @Access('vouchers:handout')
  @Restricted({ voucherGroup: { in: 'body', name: 'voucherGroupId' } })
  handOut(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @ValidBody() handout: HandOutVoucherDto,
  ): Promise<VoucherHandoutDto> {
    return operation.run((id) => this.vouchers.handOut(tenant, handout, id), handoutPath);
  }

  @Get('voucher-handouts/:id')
  @Access('vouchers:read')
  getHandout(@CurrentCaller() caller: Caller, @HandoutId() id: string): Promise<RecordedHandoutDto> {
    return this.vouchers.getHandout(caller, id);
  }

  @Get('vouchers/:code')
  @Access('vouchers:read')
  @Restricted({ voucherGroup: { in: 'response', name: 'voucherGroupId', missing: 'voucher' } })
  getVoucher(@CurrentTenant() tenant: string, @VoucherCode() code: string): Promise<VoucherDto> {
    return this.vouchers.getVoucher(tenant, code);
  }
}
