import {
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  type JsonWebKey,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import type { Client } from '../spid.client.registry.js';
import { TokenRefusal } from '../spid.errors.js';
import type { SpidClock } from '../spid.clock.js';

/** Beyond this number the oldest tokens are dropped: some old SDKs fetch a token per call (SPiD A4). */
const tokensMax = 20_000;

interface Issued {
  readonly client: Client;
  expiresAt: number;
  /** Only of a JWT. */
  readonly claims?: Claims;
}

type Claims = ReturnType<typeof claimsOf>;

/** Options of an issued token. */
export interface TokenOptions {
  /** Value of the claim `iss`, with a trailing slash. */
  readonly issuer: string;
  /** Value of the claim `aud`; default: the client. */
  readonly audience: string | undefined;
  readonly kind: Client['tokenKind'];
  /** Whether `token_type` is sent with an opaque token. */
  readonly typed: boolean;
}

/** Issues and checks access tokens, opaque or JWT (SPiD A2, A4). */
export class Tokens {
  readonly #issued = new Map<string, Issued>();
  readonly #refresh = new Map<string, Client>();
  readonly #keyId = randomUUID();
  #keyPair: KeyPairKeyObjectResult | undefined;

  constructor(private readonly now: SpidClock) {}

  /** The body of a token response; opaque and JWT clients get different fields (SPiD A2). */
  issue(client: Client, options: TokenOptions): Record<string, unknown> {
    const now = this.now().getTime();
    const expiresAt = now + client.tokenSeconds * 1_000;
    if (options.kind === 'jwt') {
      const claims = claimsOf(client, options, Math.floor(now / 1_000));
      const access_token = this.#jwt(claims);
      keep(this.#issued, access_token, { client, expiresAt, claims });
      return { access_token, expires_in: client.tokenSeconds, scope: jwtScope, token_type: 'Bearer' };
    }
    const access_token = randomBytes(20).toString('hex');
    const refresh_token = randomBytes(20).toString('hex');
    keep(this.#issued, access_token, { client, expiresAt });
    keep(this.#refresh, refresh_token, client);
    return {
      access_token,
      expires_in: client.tokenSeconds,
      scope: null,
      user_id: false,
      is_admin: false,
      refresh_token,
      server_time: Math.floor(now / 1_000),
      ...(options.typed && { token_type: 'Bearer' }),
    };
  }

  /** @throws TokenRefusal when the token is unknown, revoked or expired */
  clientOf(token: string): Client {
    const issued = this.#issued.get(token);
    if (!issued) throw new TokenRefusal('invalid_token');
    if (this.now().getTime() >= issued.expiresAt) throw new TokenRefusal('expired_token');
    return issued.client;
  }

  /**
   * The claims of a valid JWT that this client may introspect: one of its merchant, or with the client as audience.
   * Opaque tokens have none (SPiD A2).
   */
  claimsFor(asking: Client, token: string): Claims | undefined {
    const { claims, client, expiresAt } = this.#issued.get(token) ?? {};
    if (!claims || !client || !expiresAt || this.now().getTime() >= expiresAt) return undefined;
    return client.merchant === asking.merchant || claims.aud === asking.id ? claims : undefined;
  }

  /** Seconds since 1970. */
  get nowSeconds(): number {
    return Math.floor(this.now().getTime() / 1_000);
  }

  /** Whether this refresh token was issued to this client. */
  mayRefresh(client: Client, refreshToken: string): boolean {
    return this.#refresh.get(refreshToken) === client;
  }

  expireAll(): void {
    for (const issued of this.#issued.values()) issued.expiresAt = this.now().getTime();
  }

  /** Revokes refresh tokens too: the client has to use its credentials. */
  revokeAll(): void {
    this.#issued.clear();
    this.#refresh.clear();
  }

  /** Public keys of the JWT tokens, for `/oauth/jwks`. */
  jwks(): { keys: JsonWebKey[] } {
    const key = this.#keys().publicKey.export({ format: 'jwk' });
    return { keys: [{ ...key, kid: this.#keyId, use: 'sig', alg: 'RS256' }] };
  }

  /** Made when first needed: it takes 0.2 s of processor time, and most clients get opaque tokens. */
  #keys(): KeyPairKeyObjectResult {
    return (this.#keyPair ??= generateKeyPairSync('rsa', { modulusLength: 2_048 }));
  }

  #jwt(claims: Claims): string {
    const text = `${base64url({ typ: 'JWT', alg: 'RS256', kid: this.#keyId })}.${base64url(claims)}`;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), this.#keys().privateKey).toString('base64url')}`;
  }
}

function claimsOf(client: Client, { issuer, audience }: TokenOptions, iat: number) {
  return {
    iss: issuer,
    class: 'tokenAccess',
    exp: iat + client.tokenSeconds,
    iat,
    jti: randomUUID(),
    sub: client.id,
    aud: audience ?? client.id,
    scope: jwtScope,
    azp: client.id,
    client_id: client.id,
  };
}

/** As in the published sample (SPiD A2). */
const jwtScope = 'openid profile';

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.set(key, value);
  if (kept.size <= tokensMax) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}
