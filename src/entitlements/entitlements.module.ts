import { Module } from '@nestjs/common';
import { SpidModule } from '../upstreams/spid/spid.module.js';
import { CheckCache } from './cache/check.cache.js';
import { CheckMetrics } from './cache/check.metrics.js';
import { EntitlementsBudget } from './entitlements.budget.js';
import { EntitlementsController } from './entitlements.controller.js';
import { EntitlementsProbe } from './entitlements.probe.js';
import { EntitlementsService } from './entitlements.service.js';

@Module({
  imports: [SpidModule],
  controllers: [EntitlementsController],
  providers: [EntitlementsService, EntitlementsProbe, EntitlementsBudget, CheckCache, CheckMetrics],
})
export class EntitlementsModule {}
