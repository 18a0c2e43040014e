import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, normalizeIp, type ThrottlerStorage } from '@nestjs/throttler';
import { SettingsSource } from '../../config/settings.source.js';
import { type TrustedProxies, trustedProxies } from '../../config/trusted.proxies.js';
import { clientAddressOf, type RequestSource } from '../server/client.address.js';

/**
 * Two a second for a minute. A service with a wrong key is seen long before; what goes on after this is a loop or
 * somebody trying, and would fill the log.
 */
const FAILURES_MAX = 120;
const WINDOW_MS = 60_000;

/**
 * Counts requests without a valid key, by the client's address (IPv6: by /64, which one customer has whole). A valid key
 * is never held up by it: behind a proxy that `trustedProxies` does not name, all clients have one address, and 256
 * random bits are not guessed.
 */
@Injectable()
export class FailedAttempts {
  #proxies: { readonly entries: readonly string[]; readonly isTrusted: TrustedProxies } | undefined;

  constructor(
    @InjectThrottlerStorage() private readonly storage: ThrottlerStorage,
    private readonly settings: SettingsSource,
  ) {}

  /** Counts one of its kind; returns how many seconds to stay away when there were too many. */
  async count(source: RequestSource, kind = 'failed-attempts'): Promise<number | undefined> {
    const key = normalizeIp(clientAddressOf(source, this.#isTrusted()));
    const record = await this.storage.increment(key, WINDOW_MS, FAILURES_MAX, WINDOW_MS, kind);
    return record.isBlocked ? record.timeToBlockExpire : undefined;
  }

  #isTrusted(): TrustedProxies {
    const entries = this.settings.current.trustedProxies;
    if (this.#proxies?.entries !== entries) this.#proxies = { entries, isTrusted: trustedProxies(entries) };
    return this.#proxies.isTrusted;
  }
}
