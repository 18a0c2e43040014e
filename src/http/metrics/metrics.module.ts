import { Module } from '@nestjs/common';
import { DatabaseModule } from '../../store/database/database.module.js';
import { TransportModule } from '../../upstreams/transport/transport.module.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';

@Module({
  imports: [DatabaseModule, TransportModule],
  controllers: [MetricsController],
  providers: [MetricsService, GatewayMetrics],
})
export class MetricsModule {}
