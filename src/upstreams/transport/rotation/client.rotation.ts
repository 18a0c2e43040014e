import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { sameValue } from '../../../config/settings/structural.sharing.js';
import type { SettingsSource } from '../../../config/settings/settings.source.js';
import type { TenantSettings } from '../../../config/settings/tenant.settings.js';
import { wordsOfFailure } from '../failure.words.js';
import {
  MisconfiguredError,
  NotAdmittedError,
  NotSentError,
  UpstreamError,
  type UpstreamName,
} from '../upstream.errors.js';
import type { UpstreamHealth, UpstreamState } from '../upstream.health.js';

/** What rotation needs of a tenant's vendor client. */
export interface RotatedClient {
  /** Resolves when no call is in flight. */
  idle(): Promise<void>;
  /** Aborts calls in flight. */
  close(): Promise<void>;
}

/** The vendor-specific part of a rotation. */
export interface ClientMaker<Settings extends object, Client extends RotatedClient> {
  readonly upstream: UpstreamName;
  settingsOf(tenant: TenantSettings): Settings | undefined;
  create(tenant: string, settings: Settings): Client;
  /** Makes a cheap call with these settings and returns the client to use. Rejects when the call fails. */
  prove(tenant: string, settings: Settings): Promise<Client>;
}

/**
 * Backoff between trials of new settings. Short at first, since a secret is often configured minutes before the vendor
 * activates it; the maximum does not trigger a vendor that counts failed logins.
 */
const TRIAL_PAUSE_MS = { first: 1_000, max: 60_000 } as const;

/**
 * One client per tenant, created at first use. When the settings change, the current client stays in use until the
 * vendor has accepted the new ones; then new calls use the new client, and the old one is closed after its last call.
 * So neither a new secret nor a mistyped one fails a request.
 */
export class ClientRotation<Settings extends object, Client extends RotatedClient> {
  readonly #log: Logger;
  readonly #inUse = new Map<string, { readonly settings: Settings; readonly client: Client }>();
  readonly #trials = new Map<string, { readonly settings: Settings; readonly end: AbortController }>();
  readonly #leaving = new Set<Client>();
  readonly #stopListening: () => void;

  constructor(
    private readonly maker: ClientMaker<Settings, Client>,
    private readonly source: SettingsSource,
    private readonly health: UpstreamHealth,
  ) {
    this.#log = new Logger(`${maker.upstream} credentials`);
    this.#stopListening = source.onChange(() => this.#applySettings());
  }

  /** @throws MisconfiguredError for a tenant without settings for this vendor: nothing was executed */
  of(tenant: string): Client {
    const known = this.#inUse.get(tenant);
    if (known) return known.client;
    const settings = this.#wanted(tenant);
    if (!settings) {
      const { upstream } = this.maker;
      const reason = `no ${upstream} settings for this tenant`;
      throw new MisconfiguredError({ upstream, operation: 'settings', reason });
    }
    const client = this.maker.create(tenant, settings);
    this.#inUse.set(tenant, { settings, client });
    return client;
  }

  async close(): Promise<void> {
    this.#stopListening();
    for (const { end } of this.#trials.values()) end.abort();
    const clients = [...this.#inUse.values()].map(({ client }) => client);
    await Promise.all([...clients, ...this.#leaving].map((client) => client.close()));
  }

  #wanted(tenant: string): Settings | undefined {
    const settings = this.source.current.tenants.get(tenant);
    return settings && this.maker.settingsOf(settings);
  }

  /** Path in the settings file, whose order the settings keep. */
  #settingOf(tenant: string): string {
    return `tenants[${[...this.source.current.tenants.keys()].indexOf(tenant)}].${this.maker.upstream}`;
  }

  #applySettings(): void {
    for (const [tenant, { settings, client }] of this.#inUse) {
      const wanted = this.#wanted(tenant);
      if (wanted && wanted === this.#trials.get(tenant)?.settings) continue;
      this.#endTrial(tenant);
      if (!wanted) {
        this.#inUse.delete(tenant);
        this.health.forget(tenant, this.maker.upstream);
        void this.#retire(client);
      } else if (!sameValue(wanted, settings)) {
        void this.#rotate(tenant, wanted);
      }
    }
  }

  #endTrial(tenant: string): void {
    const trial = this.#trials.get(tenant);
    if (!trial) return;
    trial.end.abort();
    this.#trials.delete(tenant);
    this.#state(tenant).rotation = null;
  }

  async #rotate(tenant: string, settings: Settings): Promise<void> {
    const end = new AbortController();
    this.#trials.set(tenant, { settings, end });
    const since = new Date().toISOString();
    this.#state(tenant).rotation = { since, trials: 0, lastFailure: null, lastFailureReason: null };
    for (let pauseMs: number = TRIAL_PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, TRIAL_PAUSE_MS.max)) {
      const client = await this.#try(tenant, settings, { end, since, pauseMs });
      if (client) return this.#settle(tenant, settings, { end, client });
      if (await isAborted(end.signal, pauseMs)) return undefined;
    }
  }

  /** Undefined when the vendor refuses the settings or cannot be reached. */
  async #try(
    tenant: string,
    settings: Settings,
    { end, since, pauseMs }: Trial,
  ): Promise<Client | undefined> {
    try {
      return await this.maker.prove(tenant, settings);
    } catch (error) {
      if (end.signal.aborted) return undefined;
      const failure = error instanceof UpstreamError ? error.name : 'Error';
      const trials = (this.#state(tenant).rotation?.trials ?? 0) + 1;
      const reason = wordsOfFailure(error);
      this.#state(tenant).rotation = { since, trials, lastFailure: failure, lastFailureReason: reason };
      const fate = `the ones before stay in use, next trial in ${pauseMs / 1_000} s`;
      const isUntried = error instanceof NotAdmittedError || error instanceof NotSentError;
      const result = isUntried ? 'could not be tried' : 'do not work';
      this.#log.warn(
        { tenant, setting: this.#settingOf(tenant), failure, trials },
        `new ${this.maker.upstream} settings ${result}: ${reason}; ${fate}`,
      );
      return undefined;
    }
  }

  /** Newer settings may have replaced the trial while it ran. */
  #settle(tenant: string, settings: Settings, { end, client }: Proven<Client>): void {
    const old = this.#inUse.get(tenant);
    if (end.signal.aborted || !old) {
      void client.close();
      return;
    }
    this.#trials.delete(tenant);
    this.#inUse.set(tenant, { settings, client });
    this.#state(tenant).rotation = null;
    this.#log.log({ tenant }, `new ${this.maker.upstream} settings work and are in use from now on`);
    void this.#retire(old.client);
  }

  async #retire(client: Client): Promise<void> {
    this.#leaving.add(client);
    await client.idle();
    this.#leaving.delete(client);
    await client.close();
  }

  #state(tenant: string): UpstreamState {
    return this.health.of(tenant, this.maker.upstream);
  }
}

interface Trial {
  readonly end: AbortController;
  readonly since: string;
  readonly pauseMs: number;
}

interface Proven<Client> {
  readonly end: AbortController;
  readonly client: Client;
}

/** Waits, and returns whether the wait was aborted. */
async function isAborted(signal: AbortSignal, ms: number): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
    return false;
  } catch {
    return true;
  }
}
