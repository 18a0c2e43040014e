import type { Secret } from '../../config/secrets/secret.js';
import type { UpstreamState } from '../transport/upstream.health.js';
import type { GrantedToken } from './spid.token.request.js';

/** A token that was fetched before its cache existed. */
export interface FirstToken {
  readonly granted: GrantedToken;
  /** Time of the request, in milliseconds since 1970. */
  readonly requestedAt: number;
}

/** A token in use. Tokens are compared by object identity. */
export interface ServerToken {
  readonly secret: Secret;
  /** Milliseconds since 1970. From then on a new token is fetched in the background. */
  readonly renewAt: number;
  /** Milliseconds since 1970. From then on the token is not sent. */
  readonly unusableAt: number;
}

/** Leaves a 900 s token 90 s for its renewal; a longer one never needs more than an hour. */
const RENEWAL_MARGIN = { share: 0.1, maxMs: 3_600_000 } as const;

/** For network latency and clock skew. Proportional, so that short-lived tokens work too. */
const EXPIRY_MARGIN = { share: 0.02, maxMs: 10_000 } as const;

/** After a failed renewal; retrying at every call would overload a failing token endpoint. */
const RENEWAL_PAUSE_MS = 5_000;

/**
 * The server token of one tenant. Fetched when first needed, with one request for all waiting calls, and renewed ahead
 * of its expiry while calls go on with the old one. A failure rejects the waiting calls and is not cached.
 */
export class SpidTokenCache {
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
    // Takes over the shown state from the previous cache, whose client may still have calls in flight.
    this.#shown = state.token;
    if (first) this.#keep(first);
    else this.#show(undefined);
  }

  /** Synchronous when a usable token is at hand. */
  get(): ServerToken | Promise<ServerToken> {
    const token = this.#current;
    const now = this.now();
    if (!token || now >= token.unusableAt) return this.#fetchOnce();
    if (now >= token.renewAt && now >= this.#pausedUntil) this.#renew();
    return token;
  }

  /** Drops a refused token, unless it was replaced already. */
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
    // Counted from before the request: the vendor's lifetime began at some time between then and now.
    const requestedAt = this.now();
    return this.#keep({ granted: await this.fetch(), requestedAt });
  }

  #keep({ granted: { secret, lifetimeSeconds }, requestedAt }: FirstToken): ServerToken {
    const lifetimeMs = lifetimeSeconds * 1_000;
    const token = {
      secret,
      renewAt: requestedAt + lifetimeMs - marginMs(lifetimeMs, RENEWAL_MARGIN),
      unusableAt: requestedAt + lifetimeMs - marginMs(lifetimeMs, EXPIRY_MARGIN),
    };
    this.#show(token, requestedAt + lifetimeMs);
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
