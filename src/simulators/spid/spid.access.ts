import type { IncomingHttpHeaders } from 'node:http';
import { findClient, type Client } from './spid.client.registry.js';
import { ApiException, RATE_LIMIT_TEXT, TokenRefusal } from './spid.errors.js';
import type { Limits } from './spid.limits.js';
import type { Parameters } from './spid.parameters.js';
import type { SpidQuirks } from './spid.quirks.js';
import type { Tokens } from './oauth/spid.tokens.js';

/** Input of the checks. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  readonly query: Parameters;
  readonly form: Parameters;
}

/**
 * The checks between finding the endpoint and running it, in the vendor's order (SPiD A4): token present, known,
 * unexpired, sufficient scope; caller's IP; rate limit; context client; access to the endpoint.
 */
export class SpidAccess {
  constructor(
    private readonly tokens: Tokens,
    private readonly limits: Limits,
    private readonly quirks: SpidQuirks,
  ) {}

  /**
   * The client that owns the token of the call.
   * @throws TokenRefusal for steps 2 to 5.
   */
  caller(credentials: Credentials): Client {
    const token = tokenOf(credentials);
    if (!token) throw new TokenRefusal('invalid_request');
    const client = this.tokens.clientOf(token);
    if (this.quirks.values.tokenScope === 'insufficient') throw new TokenRefusal('insufficient_scope');
    return client;
  }

  /** @throws ApiException for step 6. */
  checkIp(): void {
    const { callerIp } = this.quirks.values;
    if (callerIp === 'not-identifiable') throw new ApiException(500, 'Requesting IP could not be identified');
    if (callerIp === 'not-whitelisted') throw new ApiException(403, 'Requesting IP is not whitelisted');
  }

  /** @throws ApiException for step 7. */
  spend(caller: Client): void {
    if (!this.limits.take(caller.id)) throw new ApiException(420, RATE_LIMIT_TEXT);
  }

  /**
   * The client on whose behalf the caller acts.
   * @throws ApiException for steps 8 and 9.
   */
  actingClient(caller: Client, query: Parameters): Client {
    const contextId = query.filled('contextClientId') ?? caller.id;
    const acting = findClient(contextId);
    if (!acting) throw new ApiException(404, 'Unknown client ID');
    if (acting.merchant !== caller.merchant) {
      throw new ApiException(401, "Your client doesn't have administration rights for this client.");
    }
    if (this.quirks.values.endpointAccess === 'closed') throw new ApiException(403, endpointClosed);
    return acting;
  }
}

const endpointClosed =
  'Client is not authorized to access this API endpoint. Contact Schibsted account to request access.';

/** Header first, then `oauth_token` in the query, even of a POST, then in the form (SPiD A3). The precedence is unknown. */
function tokenOf({ headers, query, form }: Credentials): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return bearer ?? query.filled('oauth_token') ?? form.filled('oauth_token');
}
