import type { Secret } from '../../config/secret.js';
import type { UpstreamState } from '../transport/upstream.health.js';
import type { GrantedToken } from './spid.token.js';

/** A token fetched before there was anybody to keep it. */
export interface FirstToken {
  readonly granted: GrantedToken;
  /** When it was asked for, in milliseconds since 1970. */
  readonly askedAt: number;
}

/** A token in use. Each fetch makes a new one, so that one token is told from the next by identity. */
export interface ServerToken {
  readonly secret: Secret;
  /** From here on a new one is fetched in the background. Times are milliseconds since 1970. */
  readonly renewAt: number;
  /** From here on it is not sent any more. */
  readonly unusableAt: number;
}

/**
 * A tenth of the lifetime leaves a 900 s token 90 s for its renewal; more than an hour is never needed, whatever the
 * lifetime.
 */
const RENEWAL_MARGIN = { share: 0.1, maxMs: 3_600_000 } as const;

/** Time for a call to reach the vendor, and for clocks that differ. Proportionate, so that short tokens work too. */
const EXPIRY_MARGIN = { share: 0.02, maxMs: 10_000 } as const;

/** After a failed renewal the token in hand is used on; asking at every call would hammer an endpoint in trouble. */
const RENEWAL_PAUSE_MS = 5_000;

/**
 * The server token of one tenant: fetched when first needed, once for all who wait, and renewed ahead of its expiry
 * while calls go on with the old one. A failure is told to all who wait for it and not kept.
 */
export class SpidCredentials {
  #current: ServerToken | undefined;
  #fetching: Promise<ServerToken> | undefined;
  #pausedUntil = 0;
  #shown: UpstreamState['token'] = null;

  constructor(
    private readonly fetch: () => Promise<GrantedToken>,
    private readonly now: () => number,
    private readonly state: UpstreamState,
    first?: FirstToken,
  ) {
    // Takes over what is shown from the credentials before these, which may still have calls under way.
    this.#shown = state.token;
    if (first) this.#keep(first);
    else this.#show(undefined);
  }

  /** The token at once where there is one. */
  get(): ServerToken | Promise<ServerToken> {
    const token = this.#current;
    const now = this.now();
    if (!token || now >= token.unusableAt) return this.#fetchOnce();
    if (now >= token.renewAt && now >= this.#pausedUntil) this.#renew();
    return token;
  }

  /** Forgets a token that the vendor refused, unless another one has taken its place already. */
  drop(token: ServerToken): void {
    if (this.#current === token) this.#show(undefined);
  }

  #renew(): void {
    this.#fetchOnce().catch(() => {
      this.#pausedUntil = this.now() + RENEWAL_PAUSE_MS;
    });
  }

  #fetchOnce(): Promise<ServerToken> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<ServerToken> {
    // The lifetime counts from before the request: the vendor's began some time between then and now.
    const askedAt = this.now();
    return this.#keep({ granted: await this.fetch(), askedAt });
  }

  #keep({ granted: { secret, lifetimeSeconds }, askedAt }: FirstToken): ServerToken {
    const lifetimeMs = lifetimeSeconds * 1_000;
    const token = {
      secret,
      renewAt: askedAt + lifetimeMs - marginMs(lifetimeMs, RENEWAL_MARGIN),
      unusableAt: askedAt + lifetimeMs - marginMs(lifetimeMs, EXPIRY_MARGIN),
    };
    this.#show(token, askedAt + lifetimeMs);
    return token;
  }

  #show(token: ServerToken | undefined, expiresAt?: number): void {
    this.#current = token;
    const { now } = this;
    const shown: UpstreamState['token'] = {
      get state() {
        if (!token) return 'none';
        return now() < token.unusableAt ? 'valid' : 'expired';
      },
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    };
    if (this.state.token === this.#shown) this.state.token = shown;
    this.#shown = shown;
  }
}

function marginMs(lifetimeMs: number, { share, maxMs }: { share: number; maxMs: number }): number {
  return Math.min(lifetimeMs * share, maxMs);
}
