import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import type { SpidSettings } from '../../config/settings/spid.settings.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import type { TenantSettings } from '../../config/settings/tenant.settings.js';
import { spidAccount } from '../../config/vendor.account.js';
import { ClientRotation } from '../transport/rotation/client.rotation.js';
import { FirstTrials } from '../transport/rotation/first.trials.js';
import type { UpstreamChannel } from '../transport/upstream.channel.js';
import { UpstreamChannels } from '../transport/upstream.channels.js';
import { blankState, UpstreamHealth, type UpstreamState } from '../transport/upstream.health.js';
import { SpidChannel } from './spid.channel.js';
import { SpidClient } from './spid.client.js';
import { type FirstToken, SpidTokenCache } from './spid.token.cache.js';
import { fetchToken } from './spid.token.request.js';

/** One SPiD client per tenant. New settings are used once a token could be fetched with them. */
@Injectable()
export class SpidClients implements OnApplicationShutdown {
  readonly #rotation: ClientRotation<SpidSettings, SpidClient>;
  readonly #trials: FirstTrials;

  constructor(
    private readonly channels: UpstreamChannels,
    source: SettingsSource,
    private readonly health: UpstreamHealth,
    private readonly clock: Clock,
  ) {
    const maker = {
      upstream: 'spid' as const,
      settingsOf: ({ spid }: { spid?: SpidSettings }) => spid,
      create: (tenant: string, settings: SpidSettings) => this.#create(tenant, settings),
      prove: (tenant: string, settings: SpidSettings) => this.#prove(tenant, settings),
    };
    this.#rotation = new ClientRotation(maker, source, health);
    const trial = {
      upstream: maker.upstream,
      isSet: (tenant: TenantSettings) => tenant.spid !== undefined,
      attempt: (tenant: string) => this.of(tenant).checkCredentials(),
    };
    this.#trials = new FirstTrials(trial, source, health);
  }

  /** Fetches a token for each tenant in the background. */
  startTrials(): void {
    this.#trials.start();
  }

  /** @throws MisconfiguredError for a tenant without SPiD settings: nothing was executed */
  of(tenant: string): SpidClient {
    return this.#rotation.of(tenant);
  }

  /** Runs after the server has completed its accepted requests, so no call is cut off. */
  onApplicationShutdown(): Promise<void> {
    this.#trials.close();
    return this.#rotation.close();
  }

  #create(tenant: string, settings: SpidSettings, first?: FirstToken): SpidClient {
    const state = this.health.of(tenant, 'spid');
    const channel = this.#channel(tenant, settings, state);
    const fetch = () => fetchToken(channel, settings);
    const tokens = new SpidTokenCache(fetch, () => this.clock.now().getTime(), state, first);
    const account = spidAccount(settings);
    return new SpidClient(new SpidChannel(channel, tokens, settings), settings.timeZone, account);
  }

  /** The token of the trial becomes the first one of the new client: tokens of the old secret are no longer used. */
  async #prove(tenant: string, settings: SpidSettings): Promise<SpidClient> {
    // A state of its own: the result of a trial does not concern the client in use.
    const channel = this.#channel(tenant, settings, blankState(tenant, 'spid'));
    const requestedAt = this.clock.now().getTime();
    try {
      return this.#create(tenant, settings, { granted: await fetchToken(channel, settings), requestedAt });
    } finally {
      await channel.close();
    }
  }

  #channel(tenant: string, settings: SpidSettings, state: UpstreamState): UpstreamChannel {
    const { baseUrl, timeouts, connections, ca } = settings;
    const owner = { name: tenant, spid: settings };
    return this.channels.open({ upstream: 'spid', owner, baseUrl, timeouts, connections, ca, state });
  }
}
