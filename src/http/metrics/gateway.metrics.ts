import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { PRODUCT_VERSION } from '../../config/product.version.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { UPSTREAM_NAMES, type UpstreamName } from '../../config/upstream.names.js';
import { Database } from '../../store/database/database.js';
import { Metrics } from '../../telemetry/metrics.js';
import { UpstreamHealth } from '../../upstreams/transport/upstream.health.js';

/** Gauges of this process: which version it is, and whether its database, its settings and new credentials are in order. */
@Injectable()
export class GatewayMetrics {
  constructor({ registry }: Metrics, database: Database, settings: SettingsSource, health: UpstreamHealth) {
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
    const rotation: Gauge<'tenant' | 'upstream'> = new Gauge({
      name: 'tollgate_rotation_failing',
      help: '1 while new credentials of a tenant do not work at an upstream, so that the ones before stay in use',
      labelNames: ['tenant', 'upstream'],
      registers,
      collect: () => {
        rotation.reset();
        for (const [tenant, its] of settings.current.tenants)
          for (const upstream of UPSTREAM_NAMES)
            if (its[upstream]) rotation.set({ tenant, upstream }, isFailing(health, tenant, upstream));
      },
    });
  }
}

function isFailing(health: UpstreamHealth, tenant: string, upstream: UpstreamName): 0 | 1 {
  return (health.of(tenant, upstream).rotation?.lastFailure ?? null) === null ? 0 : 1;
}
