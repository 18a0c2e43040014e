import { type DynamicModule, Module } from '@nestjs/common';
import { Environment } from './environment.js';
import type { Settings } from './settings.js';
import { SettingsSource } from './settings.source.js';

/** Gives every module `Environment` and `SettingsSource`, both injected by type. */
@Module({})
export class ConfigModule {
  static forRoot(environment: Environment, settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: Environment, useValue: environment },
        { provide: SettingsSource, useValue: new SettingsSource(settings) },
      ],
      exports: [Environment, SettingsSource],
    };
  }
}
