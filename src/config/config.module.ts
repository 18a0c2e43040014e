import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { Environment } from './environment/environment.js';
import { knownSecrets } from './secrets/known.secrets.js';
import type { FileStamps } from './settings/file/file.stamps.js';
import type { Settings } from './settings/settings.js';
import { SettingsReload } from './reload/settings.reload.js';
import { SettingsSource } from './settings/settings.source.js';
import { ShutdownDeadline } from './shutdown.deadline.js';

/** Provides `Environment`, `SettingsSource`, `ShutdownDeadline` and `Clock` to every module; reloads the settings. */
@Module({})
export class ConfigModule {
  /** @param files of the settings, as they were read */
  static forRoot(environment: Environment, settings: Settings, files?: FileStamps): DynamicModule {
    knownSecrets.learn('environment', environment);
    knownSecrets.learn('settings', settings);
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: Environment, useValue: environment },
        Clock,
        ShutdownDeadline,
        { provide: SettingsSource, useValue: new SettingsSource(settings) },
        {
          provide: SettingsReload,
          inject: [SettingsSource],
          useFactory: (source: SettingsSource) =>
            new SettingsReload(environment.settingsFile, source, {
              env: process.env,
              shutdown: environment,
              ...(files && { files }),
            }),
        },
      ],
      exports: [Environment, SettingsSource, SettingsReload, ShutdownDeadline, Clock],
    };
  }
}
