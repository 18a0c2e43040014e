import { Logger } from '@nestjs/common';
import type { SettingsSource } from '../../../config/settings/settings.source.js';
import type { TenantSettings } from '../../../config/settings/tenant.settings.js';
import { wordsOfFailure } from '../failure.words.js';
import { MisconfiguredError, UpstreamError, type UpstreamName } from '../upstream.errors.js';
import type { UpstreamHealth } from '../upstream.health.js';

/** What is tried, and how. */
export interface FirstTrial {
  readonly upstream: UpstreamName;
  isSet(tenant: TenantSettings): boolean;
  /** One cheap call with the credentials of the tenant. @throws UpstreamError */
  attempt(tenant: string): Promise<void>;
}

/** At once for one upstream: a thousand tenants must not use up the budget of the first minute. */
const AT_ONCE = 4;

/** Pause before a failed trial is repeated; the longest does not trigger a vendor that counts failed logins. */
const PAUSE_MS = { first: 5_000, max: 60_000 };

interface Trial {
  readonly tenant: string;
  pauseMs: number;
  /** What the log has last. */
  words?: string;
}

/**
 * Tries the credentials of each tenant in the background, so that wrong ones are seen before the first customer needs
 * them: once, and again only until a call of the tenant has succeeded.
 */
export class FirstTrials {
  readonly #log: Logger;
  readonly #begun = new Set<string>();
  readonly #queue: Trial[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #running = 0;
  #isClosed = false;
  #stopListening: (() => void) | undefined;

  constructor(
    private readonly trial: FirstTrial,
    private readonly source: SettingsSource,
    private readonly health: UpstreamHealth,
    private readonly pauses = PAUSE_MS,
  ) {
    this.#log = new Logger(`${trial.upstream} credentials`);
  }

  /** Begins; tenants that a reload adds are tried as well. */
  start(): void {
    this.#stopListening ??= this.source.onChange(() => this.#addNew());
    this.#addNew();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopListening?.();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #addNew(): void {
    const wanted = this.#wanted();
    for (const tenant of this.#begun) if (!wanted.includes(tenant)) this.#begun.delete(tenant);
    const added = wanted.filter((tenant) => !this.#begun.has(tenant));
    // In another order on each replica, so that they do not all ask about the same tenant.
    for (const tenant of added.toSorted(() => Math.random() - 0.5)) {
      this.#begun.add(tenant);
      this.#add({ tenant, pauseMs: this.pauses.first });
    }
  }

  #wanted(): string[] {
    const tenants = [...this.source.current.tenants.values()];
    return tenants.filter((tenant) => this.trial.isSet(tenant)).map(({ name }) => name);
  }

  #add(trial: Trial): void {
    this.#queue.push(trial);
    if (this.#running < AT_ONCE) void this.#work();
  }

  async #work(): Promise<void> {
    this.#running += 1;
    for (let next = this.#queue.shift(); next && !this.#isClosed; next = this.#queue.shift()) {
      await this.#try(next);
    }
    this.#running -= 1;
  }

  async #try(trial: Trial): Promise<void> {
    const { tenant } = trial;
    if (!this.#begun.has(tenant) || this.#works(tenant)) return;
    try {
      await this.trial.attempt(tenant);
      this.#log[trial.words === undefined ? 'debug' : 'log'](
        { tenant },
        'the vendor accepts the credentials',
      );
    } catch (error) {
      if (this.#isClosed || !this.#begun.has(tenant)) return;
      this.#report(trial, error);
      this.#later(trial);
    }
  }

  #works(tenant: string): boolean {
    return this.health.of(tenant, this.trial.upstream).status === 'working';
  }

  #report(trial: Trial, error: unknown): void {
    const words = wordsOfFailure(error);
    if (trial.words === words) return;
    trial.words = words;
    const { tenant } = trial;
    const failure = error instanceof UpstreamError ? error.name : 'Error';
    const isRefused = error instanceof MisconfiguredError;
    const effect = isRefused
      ? 'every call for this tenant fails until the settings are corrected'
      : 'tried again';
    this.#log[isRefused ? 'error' : 'warn']({ tenant, failure }, `${words}; ${effect}`);
  }

  #later(trial: Trial): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#add(trial);
    }, trial.pauseMs);
    this.#timers.add(timer.unref());
    trial.pauseMs = Math.min(2 * trial.pauseMs, this.pauses.max);
  }
}
