import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IssuerSettings } from '../../../src/config/settings/issuer.settings.js';

type Algorithm = 'RS256' | 'RS512' | 'ES256' | 'EdDSA';

interface Signer {
  readonly algorithm: Algorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** Signs tokens and publishes the keys for them, over real HTTP. */
export class TestIssuer {
  readonly #signers = new Map<string, Signer>();
  readonly #server: Server;
  requests = 0;
  /** Entries that the set has before the keys that sign: malformed ones, keys for another purpose. */
  strays: unknown[] = [];
  /** The response in place of the key set. */
  trouble: ((response: ServerResponse) => void) | undefined;

  private constructor() {
    this.#server = createServer((_request, response) => {
      this.requests += 1;
      if (this.trouble) return this.trouble(response);
      response.setHeader('content-type', 'application/json');
      const keys = [...this.strays, ...[...this.#signers.values()].map(({ jwk }) => jwk)];
      return response.end(JSON.stringify({ keys }));
    });
  }

  static async start(): Promise<TestIssuer> {
    const issuer = new TestIssuer();
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get jwksUri(): string {
    return `${this.url}/keys`;
  }

  /** The settings of a gateway that takes its tokens, with limits that no test reaches. */
  settings(access: Pick<IssuerSettings, 'tenants' | 'scopes' | 'tenantClaim'>): IssuerSettings {
    return {
      name: 'corp',
      issuer: this.url,
      audience: 'tollgate',
      jwksUri: this.jwksUri,
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      leewaySeconds: 30,
      scopesClaim: 'scope',
      callerClaim: 'sub',
      limit: { requests: 100_000, perSeconds: 1 },
      weight: 1,
      resources: {},
      ...access,
    };
  }

  /** `name` is what `sign` takes; the key is published with it as its kid unless `published` has another, or undefined. */
  async addKey(algorithm: Algorithm, name: string = algorithm, published: JWK = { kid: name }): Promise<JWK> {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), ...published };
    this.#signers.set(name, { algorithm, privateKey, jwk });
    return jwk;
  }

  removeKey(name: string): void {
    this.#signers.delete(name);
  }

  /** A token that holds for five minutes, unless the claims override it; `undefined` leaves one out. */
  sign(
    claims: JWTPayload,
    name: string,
    { kid }: { readonly kid?: string } = { kid: name },
  ): Promise<string> {
    const signer = this.#signers.get(name);
    if (!signer) throw new Error(`no key ${name}`);
    const now = Math.floor(Date.now() / 1_000);
    const all = {
      iss: this.url,
      aud: 'tollgate',
      sub: 'shop',
      scope: 'vouchers:read',
      exp: now + 300,
      ...claims,
    };
    return new SignJWT(all)
      .setProtectedHeader({ alg: signer.algorithm, ...(kid !== undefined && { kid }) })
      .sign(signer.privateKey);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
