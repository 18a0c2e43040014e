import { Injectable } from '@nestjs/common';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { UpstreamHealth } from '../../upstreams/transport/upstream.health.js';
import type { Caller } from '../auth/caller.js';
import { visibleTenants } from '../auth/visible.tenants.js';
import { SettingsStateDto, UpstreamHealthDto, UpstreamHealthListDto } from './dto/upstream-health.dto.js';

/** State of upstreams and settings in this process, limited to the tenants that a caller may see. */
@Injectable()
export class UpstreamHealthService {
  constructor(
    private readonly upstreams: UpstreamHealth,
    private readonly settings: SettingsSource,
  ) {}

  list(caller: Caller): UpstreamHealthListDto {
    const visible = visibleTenants(caller, this.settings.current);
    const states = this.upstreams.all().filter(({ tenant }) => visible === 'all' || visible.has(tenant));
    return {
      items: states.map((state) => UpstreamHealthDto.from(state)),
      settings: SettingsStateDto.from(this.settings.state, visible === 'all'),
    };
  }
}
