import { Module } from '@nestjs/common';
import { TransportModule } from '../../upstreams/transport/transport.module.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [TransportModule],
  controllers: [HealthController],
  providers: [Readiness],
  exports: [Readiness],
})
export class OpsModule {}
