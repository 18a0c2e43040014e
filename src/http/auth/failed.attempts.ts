import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { type TrustedProxies, trustedProxies } from '../../config/settings/trusted.proxies.js';
import type { Quota } from '../../store/state/quota.js';
import { SharedState } from '../../store/state/shared.state.js';
import { clientAddressOf, type RequestSource } from '../server/client.address.js';

/**
 * 2 per second. A service with a wrong key is noticed long before; more is a retry loop or a guessing attack, and would
 * fill the log.
 */
const FAILURES: Quota = { name: 'attempts', requests: 120, windowMs: 60_000, burst: 0 };

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
    const { isAdmitted, states } = await this.state.take(kind, key, [FAILURES]);
    return isAdmitted ? undefined : Math.ceil((states[0]?.msLeft ?? 0) / 1_000);
  }

  #isTrusted(): TrustedProxies {
    const entries = this.settings.current.trustedProxies;
    if (this.#proxies?.entries !== entries) this.#proxies = { entries, isTrusted: trustedProxies(entries) };
    return this.#proxies.isTrusted;
  }
}
