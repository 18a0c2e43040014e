import { Module } from '@nestjs/common';
import { OperationsModule } from '../http/operations/operations.module.js';
import { SpidModule } from '../upstreams/spid/spid.module.js';
import { VoucherGroupsController } from './voucher-groups.controller.js';
import { VouchersBudget } from './vouchers.budget.js';
import { VouchersController } from './vouchers.controller.js';
import { VouchersProbe } from './vouchers.probe.js';
import { VouchersService } from './vouchers.service.js';

@Module({
  imports: [SpidModule, OperationsModule],
  controllers: [VouchersController, VoucherGroupsController],
  providers: [VouchersService, VouchersProbe, VouchersBudget],
})
export class VouchersModule {}
