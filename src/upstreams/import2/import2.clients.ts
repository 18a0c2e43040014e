import { HttpService } from '@nestjs/axios';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Import2Settings } from '../../config/settings.js';
import { SettingsSource } from '../../config/settings.source.js';
import { UpstreamChannel } from '../transport/upstream.channel.js';
import { MisconfiguredError } from '../transport/upstream.errors.js';
import { UpstreamHealth } from '../transport/upstream.health.js';
import { Import2Client } from './import2.client.js';

/** One Import2 client per tenant, made at its first use and kept as long as the tenant's settings stay the same. */
@Injectable()
export class Import2Clients implements OnApplicationShutdown {
  readonly #clients = new Map<
    string,
    { readonly settings: Import2Settings; readonly client: Import2Client }
  >();

  constructor(
    private readonly http: HttpService,
    private readonly source: SettingsSource,
    private readonly health: UpstreamHealth,
  ) {}

  /** Throws MisconfiguredError for a tenant that has no account at Import2: nothing was executed. */
  of(tenant: string): Import2Client {
    const settings = this.source.current.tenants.get(tenant)?.import2;
    if (!settings) {
      const reason = 'no import2 settings for this tenant';
      throw new MisconfiguredError({ upstream: 'import2', operation: 'settings', reason });
    }
    const known = this.#clients.get(tenant);
    if (known?.settings === settings) return known.client;
    const client = this.#create(tenant, settings);
    this.#clients.set(tenant, { settings, client });
    return client;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#clients.values()].map(({ client }) => client.close()));
  }

  #create(tenant: string, { baseUrl, apiToken, timeouts, connections }: Import2Settings): Import2Client {
    const state = this.health.of(tenant, 'import2');
    const options = { upstream: 'import2' as const, baseUrl, timeouts, connections, state };
    return new Import2Client(new UpstreamChannel(this.http.axiosRef, options), apiToken);
  }
}
