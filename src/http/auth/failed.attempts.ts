import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { type TrustedProxies, trustedProxies } from '../../config/settings/trusted.proxies.js';
import { SharedState } from '../../store/state/shared.state.js';
import { clientAddressOf, type RequestSource } from '../server/client.address.js';

/**
 * In a window of `WINDOW_MS`: 2 per second. A service with a wrong key is noticed long before; more is a retry loop or a
 * guessing attack, and would fill the log.
 */
const FAILURES_MAX = 120;
const WINDOW_MS = 60_000;

/**
 * Counts requests without a valid key, by the client's address (IPv6: by /64, which one customer has whole). A valid key
 * is never refused because of them: behind a proxy that `trustedProxies` does not name, all clients have one address, and
 * 256 random bits cannot be guessed.
 */
@Injectable()
export class FailedAttempts {
  #proxies: { readonly entries: readonly string[]; readonly isTrusted: TrustedProxies } | undefined;

  constructor(
    private readonly state: SharedState,
    private readonly settings: SettingsSource,
  ) {}

  /** Counts one attempt of a kind. Returns the seconds after which to retry when there were too many, else undefined. */
  async count(source: RequestSource, kind = 'failed-attempts'): Promise<number | undefined> {
    const key = normalizeIp(clientAddressOf(source, this.#isTrusted()));
    const { hits, msLeft } = await this.state.hit(kind, key, WINDOW_MS);
    return hits > FAILURES_MAX ? Math.ceil(msLeft / 1_000) : undefined;
  }

  #isTrusted(): TrustedProxies {
    const entries = this.settings.current.trustedProxies;
    if (this.#proxies?.entries !== entries) this.#proxies = { entries, isTrusted: trustedProxies(entries) };
    return this.#proxies.isTrusted;
  }
}
