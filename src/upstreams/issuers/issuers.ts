import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { TOKEN_ALGORITHMS } from '../../config/settings/issuer.settings.js';
import { connectionRules } from '../transport/socket/tls.rules.js';
import { Agent } from '../transport/socket/undici.js';
import { CANDIDATES_MAX, IssuerKeys } from './issuer.keys.js';
import { fetchJwks, JWKS_TIMEOUT_MS } from './jwks.fetch.js';
import type { SigningKey, SigningKeySet } from './signing.keys.js';

/** URIs cached at most; the settings allow 32 issuers, and reloads may change them. */
const URIS_MAX = 256;

/** The public keys of every configured token issuer. */
@Injectable()
export class Issuers implements OnApplicationShutdown {
  readonly #log = new Logger('Issuers');
  readonly #byUri = new Map<string, IssuerKeys>();
  /** A plain undici Agent: it ignores proxy variables and follows no redirect. */
  readonly #agent = new Agent({
    connections: 2,
    connect: connectionRules(JWKS_TIMEOUT_MS),
    allowH2: false,
  });

  constructor(private readonly clock: Clock) {}

  keysAt(jwksUri: string): IssuerKeys {
    const known = this.#byUri.get(jwksUri);
    if (known) return known;
    const fetch = () => this.#fetch(jwksUri);
    const keys = new IssuerKeys(fetch, () => this.clock.monotonicMs());
    if (this.#byUri.size >= URIS_MAX) this.#byUri.clear();
    this.#byUri.set(jwksUri, keys);
    return keys;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#agent.destroy();
  }

  async #fetch(jwksUri: string): Promise<readonly SigningKey[]> {
    try {
      const set = await fetchJwks(jwksUri, this.#agent);
      this.#warnOf(set, jwksUri);
      return set.keys;
    } catch (error) {
      this.#log.warn({ jwksUri, cause: error }, 'the keys of an issuer cannot be fetched');
      throw error;
    }
  }

  #warnOf({ keys, unusable }: SigningKeySet, jwksUri: string): void {
    if (unusable > 0) this.#log.warn({ jwksUri, unusable }, 'keys of an issuer are malformed or too weak');
    const perAlgorithm = TOKEN_ALGORITHMS.map((alg) => keys.filter((key) => key.alg === alg).length);
    const most = Math.max(...perAlgorithm);
    if (most <= CANDIDATES_MAX) return;
    const counts = { jwksUri, keys: most, triedMax: CANDIDATES_MAX };
    this.#log.warn(counts, 'an issuer has more keys of one algorithm than are tried for a token without kid');
  }
}
