import { HttpService } from '@nestjs/axios';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import type { SpidSettings } from '../../config/settings.js';
import { SettingsSource } from '../../config/settings.source.js';
import { UpstreamChannel } from '../transport/upstream.channel.js';
import { MisconfiguredError } from '../transport/upstream.errors.js';
import { UpstreamHealth } from '../transport/upstream.health.js';
import { SpidChannel } from './spid.channel.js';
import { SpidClient } from './spid.client.js';
import { SpidCredentials } from './spid.credentials.js';
import { fetchToken } from './spid.token.js';

/** One SPiD client per tenant, made at its first use and kept as long as the tenant's settings stay the same. */
@Injectable()
export class SpidClients implements OnApplicationShutdown {
  readonly #clients = new Map<string, { readonly settings: SpidSettings; readonly client: SpidClient }>();

  constructor(
    private readonly http: HttpService,
    private readonly source: SettingsSource,
    private readonly health: UpstreamHealth,
    private readonly clock: Clock,
  ) {}

  /** Throws MisconfiguredError for a tenant that has no client at SPiD: nothing was executed. */
  of(tenant: string): SpidClient {
    const settings = this.source.current.tenants.get(tenant)?.spid;
    if (!settings) {
      const reason = 'no spid settings for this tenant';
      throw new MisconfiguredError({ upstream: 'spid', operation: 'settings', reason });
    }
    const known = this.#clients.get(tenant);
    if (known?.settings === settings) return known.client;
    const client = this.#create(tenant, settings);
    this.#clients.set(tenant, { settings, client });
    return client;
  }

  /** Runs after the server has answered what it had accepted, so that no call is cut off. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#clients.values()].map(({ client }) => client.close()));
  }

  #create(tenant: string, settings: SpidSettings): SpidClient {
    const { baseUrl, timeouts, connections } = settings;
    const state = this.health.of(tenant, 'spid');
    const options = { upstream: 'spid' as const, baseUrl, timeouts, connections, state };
    const channel = new UpstreamChannel(this.http.axiosRef, options);
    const credentials = new SpidCredentials(
      () => fetchToken(channel, settings),
      () => this.clock.now().getTime(),
      state,
    );
    return new SpidClient(new SpidChannel(channel, credentials, settings), settings.timeZone);
  }
}
