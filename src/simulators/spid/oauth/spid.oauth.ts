import { STATUS_CODES } from 'node:http';
import type { SimulatedResponse } from '../../simulator.js';
import { findClient, type Client, type ClientSecrets } from '../spid.client.registry.js';
import type { TokenRefusal } from '../spid.errors.js';
import { phpJson } from '../spid.json.js';
import { Parameters } from '../spid.parameters.js';
import type { SpidQuirks } from '../spid.quirks.js';
import type { Tokens } from './spid.tokens.js';

/** Grants of the vendor that are not simulated: none of them yields a server token (SPiD A2). */
const grantsNotHere = new Set([
  'password',
  'assertion',
  'authorization_code',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
]);

/** The relevant parts of a token request. Everything else is ignored, as by the vendor (SPiD A2). */
export interface TokenRequest {
  readonly authorization: string | undefined;
  readonly form: Parameters;
  /** Value of the `iss` claim of a JWT, with a trailing slash. */
  readonly issuer: string;
}

/** Error and description for a missing or unknown grant type (SPiD A2). */
export const noGrantType = ['invalid_request', 'Invalid grant_type parameter or parameter missing'] as const;

/** What the OAuth endpoints need. */
export interface OauthParts {
  readonly tokens: Tokens;
  readonly secrets: ClientSecrets;
  readonly quirks: SpidQuirks;
}

/** Every documented scope (SPiD A2). */
const knownScopes = new Set(['openid', 'profile', 'email', 'phone', 'address']);

/** `POST /oauth/token`. Every error is 400, also for wrong credentials (SPiD A2). */
export function tokenResponse(
  { tokens, secrets, quirks }: OauthParts,
  { authorization, form, issuer }: TokenRequest,
): SimulatedResponse {
  const grant = form.filled('grant_type') ?? '';
  if (grantsNotHere.has(grant)) return oauthError(400, 'unsupported_grant_type');
  if (grant !== 'client_credentials' && grant !== 'refresh_token') {
    return oauthError(400, ...noGrantType);
  }
  const client = authenticate(secrets, authorization, form);
  if (typeof client === 'string') return oauthError(400, client);
  if (grant === 'refresh_token' && !tokens.mayRefresh(client, form.get('refresh_token') ?? '')) {
    return oauthError(400, 'invalid_grant');
  }
  const { tokenKind, tokenType, unknownScope } = quirks.values;
  if (unknownScope === 'refused' && !isKnownScope(form.filled('scope') ?? '')) {
    return oauthError(400, 'invalid_scope');
  }
  const kind = tokenKind === 'by-client' ? client.tokenKind : tokenKind;
  const typed = tokenType === 'present';
  return oauthJson(200, tokens.issue(client, { issuer, audience: form.filled('resource'), kind, typed }));
}

function isKnownScope(scope: string): boolean {
  return scope.split(' ').every((word) => word === '' || knownScopes.has(word));
}

/**
 * `POST /oauth/introspect`: 401 for bad client credentials, 400 without a token, 200 with `active: false` for an opaque
 * token or one that this client may not introspect (SPiD A2).
 */
export function introspectionResponse(
  { tokens, secrets, quirks }: OauthParts,
  { authorization, form }: Pick<TokenRequest, 'authorization' | 'form'>,
): SimulatedResponse {
  const client = authenticate(secrets, authorization, form);
  if (typeof client === 'string') return oauthError(401, client);
  const token = form.filled('token');
  if (token === undefined) return oauthError(400, 'invalid_request', 'Missing token');
  const claims = tokens.claimsFor(client, token);
  if (!claims) return oauthJson(200, { active: false });
  const { sub, aud, scope, iss, exp, iat, client_id, jti } = claims;
  const type = { active: true, token_type: 'Bearer' };
  return quirks.values.introspection === 'short'
    ? oauthJson(200, { ...type, scope, client_id, exp, now: tokens.nowSeconds })
    : oauthJson(200, { ...type, sub, aud: [aud], scope, iss, exp, iat, client_id, jti });
}

/** Basic takes precedence over body credentials. The error for an unknown client id is a guess (SPiD G2). */
function authenticate(
  secrets: ClientSecrets,
  authorization: string | undefined,
  form: Parameters,
): Client | string {
  const basic = /^Basic +(\S+)$/i.exec(authorization ?? '')?.[1];
  const [id, secret] = basic
    ? splitAtColon(Buffer.from(basic, 'base64').toString('utf8'))
    : [form.filled('client_id'), form.filled('client_secret')];
  if (!id) return 'invalid_client_credentials';
  const client = findClient(id);
  if (!client) return 'invalid_client_id';
  return secrets.accepts(client, secret) ? client : 'invalid_client_credentials';
}

function splitAtColon(text: string): [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** A flat OAuth error of the token endpoint, where `error_code` is a string (SPiD A2). */
export function oauthError(status: number, error: string, description?: string): SimulatedResponse {
  return oauthJson(status, {
    error,
    error_code: `${status} ${STATUS_CODES[status] ?? 'Error'}`,
    type: 'OAuthException',
    ...(description === undefined ? {} : { error_description: description }),
  });
}

/** The 401 of a protected resource, where `error_code` is a number (SPiD A4). The body without a token is a guess. */
export function tokenRefusalBody({ reason }: TokenRefusal): Record<string, unknown> {
  return {
    error: reason,
    error_code: 401,
    type: 'OAuthException',
    error_description: `401 Unauthorized access! Reason: "${reason}" (OAuth realm: "Service", Scope: "")`,
  };
}

/** The response of the token endpoint to a `status-<n>` fault. */
export function tokenFault(status: number): SimulatedResponse {
  return oauthError(status, status < 500 ? 'invalid_request' : 'server_error');
}

function oauthJson(status: number, body: unknown): SimulatedResponse {
  return { status, contentType: 'application/json', body: phpJson(body) };
}
