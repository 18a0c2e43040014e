import { Injectable } from '@nestjs/common';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { Metrics } from '../../telemetry/metrics.js';
import { metricsOfTenants } from '../../telemetry/metrics.of.tenants.js';
import type { Caller } from '../auth/caller.js';
import { visibleTenants } from '../auth/visible.tenants.js';

/** Metrics of this process, limited to the tenants that a caller may see. */
@Injectable()
export class MetricsService {
  constructor(
    private readonly metrics: Metrics,
    private readonly settings: SettingsSource,
  ) {}

  /** Media type of `textFor`, with the version of the format. */
  get contentType(): string {
    return this.metrics.contentType;
  }

  async textFor(caller: Caller): Promise<string> {
    const visible = visibleTenants(caller, this.settings.current);
    const text = await this.metrics.text();
    return visible === 'all' ? text : metricsOfTenants(text, visible);
  }
}
