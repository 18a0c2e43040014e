import { type DynamicModule, Module } from '@nestjs/common';
import { GatewayLogger } from './logger.js';
import { Metrics } from './metrics.js';

@Module({})
export class TelemetryModule {
  static forRoot(logger: GatewayLogger): DynamicModule {
    return {
      module: TelemetryModule,
      global: true,
      providers: [{ provide: GatewayLogger, useValue: logger }, Metrics],
      exports: [GatewayLogger, Metrics],
    };
  }
}
