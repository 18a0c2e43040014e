import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { PRODUCT_VERSION } from '../../config/product.version.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { Database } from '../../store/database/database.js';
import { Metrics } from '../../telemetry/metrics.js';

/** Gauges of this process as a whole: which version it is, and whether its database and its settings are in order. */
@Injectable()
export class GatewayMetrics {
  constructor({ registry }: Metrics, database: Database, settings: SettingsSource) {
    const registers = [registry];
    new Gauge({
      name: 'tollgate_build_info',
      help: 'Always 1; the version of this process is in the label',
      labelNames: ['version'],
      registers,
    }).set({ version: PRODUCT_VERSION }, 1);
    const up: Gauge = new Gauge({
      name: 'tollgate_database_up',
      help: '1 while this process is connected to its database and the database takes writes',
      registers,
      collect: () => up.set(Number(database.state.takesWrites)),
    });
    const refused: Gauge = new Gauge({
      name: 'tollgate_settings_refused',
      help: '1 while the settings file has errors, so that earlier settings are in force',
      registers,
      collect: () => refused.set(Number(settings.state.state === 'refused')),
    });
  }
}
