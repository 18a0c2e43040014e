import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Import2Settings } from '../../config/settings/import2.settings.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import type { TenantSettings } from '../../config/settings/tenant.settings.js';
import { import2Account } from '../../config/vendor.account.js';
import { ClientRotation } from '../transport/rotation/client.rotation.js';
import { FirstTrials } from '../transport/rotation/first.trials.js';
import { UpstreamChannels } from '../transport/upstream.channels.js';
import { blankState, UpstreamHealth, type UpstreamState } from '../transport/upstream.health.js';
import { Import2Client } from './import2.client.js';

/** One Import2 client per tenant. New settings are used once the tools could be listed with them. */
@Injectable()
export class Import2Clients implements OnApplicationShutdown {
  readonly #rotation: ClientRotation<Import2Settings, Import2Client>;
  readonly #trials: FirstTrials;

  constructor(
    private readonly channels: UpstreamChannels,
    private readonly source: SettingsSource,
    health: UpstreamHealth,
  ) {
    const maker = {
      upstream: 'import2' as const,
      settingsOf: ({ import2 }: { import2?: Import2Settings }) => import2,
      create: (tenant: string, settings: Import2Settings) =>
        this.#create(tenant, settings, health.of(tenant, 'import2')),
      prove: async (tenant: string, settings: Import2Settings) => {
        await this.#prove(tenant, settings);
        return this.#create(tenant, settings, health.of(tenant, 'import2'));
      },
    };
    this.#rotation = new ClientRotation(maker, source, health);
    const trial = {
      upstream: maker.upstream,
      isSet: (tenant: TenantSettings) => tenant.import2 !== undefined,
      attempt: async (tenant: string) => void (await this.of(tenant).listTools()),
    };
    this.#trials = new FirstTrials(trial, source, health);
  }

  /** Lists the tools for each tenant in the background. */
  startTrials(): void {
    this.#trials.start();
  }

  /** @throws MisconfiguredError for a tenant without Import2 settings: nothing was executed */
  of(tenant: string): Import2Client {
    return this.#rotation.of(tenant);
  }

  onApplicationShutdown(): Promise<void> {
    this.#trials.close();
    return this.#rotation.close();
  }

  /** The cheapest read. It counts against the rate limit of the account like any other call (Import2 E1). */
  async #prove(tenant: string, settings: Import2Settings): Promise<void> {
    const client = this.#create(tenant, settings, blankState(tenant, 'import2'));
    try {
      await client.listTools();
    } finally {
      await client.close();
    }
  }

  #create(tenant: string, settings: Import2Settings, state: UpstreamState): Import2Client {
    const { baseUrl, apiToken, timeouts, connections, ca } = settings;
    const owner = { name: tenant, import2: settings };
    const options = { upstream: 'import2' as const, owner, baseUrl, timeouts, connections, ca, state };
    const nameAccount = () => import2Account(settings, tenant, this.source.current.ledger.fingerprintKey);
    return new Import2Client(this.channels.open(options), apiToken, nameAccount);
  }
}
