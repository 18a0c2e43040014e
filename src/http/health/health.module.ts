import { Module } from '@nestjs/common';
import { DatabaseModule } from '../../store/database/database.module.js';
import { BudgetModule } from '../../upstreams/budget/budget.module.js';
import { TransportModule } from '../../upstreams/transport/transport.module.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';
import { UpstreamHealthService } from './upstream.health.service.js';

@Module({
  imports: [BudgetModule, TransportModule, DatabaseModule],
  controllers: [HealthController],
  providers: [Readiness, UpstreamHealthService],
  exports: [Readiness],
})
export class HealthModule {}
