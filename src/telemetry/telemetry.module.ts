import { type DynamicModule, Module } from '@nestjs/common';
import { GatewayLogger } from './logger.js';

@Module({})
export class TelemetryModule {
  static forRoot(logger: GatewayLogger): DynamicModule {
    return {
      module: TelemetryModule,
      global: true,
      providers: [{ provide: GatewayLogger, useValue: logger }],
      exports: [GatewayLogger],
    };
  }
}
