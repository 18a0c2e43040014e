import { Module } from '@nestjs/common';
import { OperationsApiModule } from '../http/operations/operations.module.js';
import { SpidModule } from '../upstreams/spid/spid.module.js';
import { VoucherGroupsController } from './voucher-groups.controller.js';
import { VouchersController } from './vouchers.controller.js';
import { VouchersEvidence } from './vouchers.evidence.js';
import { VouchersService } from './vouchers.service.js';

@Module({
  imports: [SpidModule, OperationsApiModule],
  controllers: [VouchersController, VoucherGroupsController],
  providers: [VouchersService, VouchersEvidence],
})
export class VouchersModule {}
