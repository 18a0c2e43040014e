import type { JWTPayload } from 'jose';
import { type Scope, SCOPES } from '../../config/scopes.js';
import type { IssuerSettings } from '../../config/settings/issuer.settings.js';
import type { KnownCaller } from './caller.js';

/** Names of callers; they are written to the log and to the ledger. */
const CALLER = /^[\x21-\x7e]{1,128}$/;

/**
 * The caller of a verified token; undefined without a valid name. Claims can only reduce the tenants and scopes that the
 * settings grant to the issuer.
 */
export function callerOfClaims(claims: JWTPayload, issuer: IssuerSettings): KnownCaller | undefined {
  const name = claims[issuer.callerClaim];
  if (typeof name !== 'string' || !CALLER.test(name)) return undefined;
  const scopes = new Set(wordsOf(claims[issuer.scopesClaim]));
  return {
    // Names in the settings have no colon, so a token cannot impersonate a caller with a key or of another issuer.
    name: `${issuer.name}:${name}`,
    tenants: tenantsOf(claims, issuer),
    scopes: new Set(SCOPES.filter((scope: Scope) => scopes.has(scope) && issuer.scopes.has(scope))),
    issuer: issuer.name,
    weight: issuer.weight,
    limit: issuer.limit,
    ...(issuer.scopeLimits && { scopeLimits: issuer.scopeLimits }),
    resources: issuer.resources,
    ...(issuer.cache && { cache: issuer.cache }),
  };
}

function tenantsOf(claims: JWTPayload, { tenantClaim, tenants }: IssuerSettings): readonly string[] {
  if (tenantClaim === undefined) return tenants;
  const named = new Set(wordsOf(claims[tenantClaim]));
  return tenants.filter((each) => named.has(each));
}

/** A string with spaces, as in OAuth scopes, or a list. */
function wordsOf(claim: unknown): readonly unknown[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim : [];
}
