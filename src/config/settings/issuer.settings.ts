import { readBaseUrl } from '../base.url.js';
import type { IssuerDocument } from './caller.document.js';
import { checkAccess, resourcesOf } from './caller.settings.js';
import { SETTINGS_DEFAULTS } from './settings.defaults.js';
import type { TenantDocument } from './settings.document.js';
import { refuseRepeats, type SettingsReading } from './settings.reading.js';
import type { IssuerSettings } from './settings.js';

/** Checks and resolves who signs tokens; what is incomplete because of a fault is left out. */
export function readIssuers(
  documents: readonly IssuerDocument[],
  tenants: readonly TenantDocument[],
  reading: SettingsReading,
): IssuerSettings[] {
  const { faults } = reading;
  // The issuer is chosen by the claim `iss` and names its callers, so both have to be unique.
  for (const field of ['name', 'issuer'] as const) {
    const values = documents.map((each, index) => ({
      path: `issuers[${index}].${field}`,
      value: each?.[field],
    }));
    refuseRepeats(values, `is the ${field} of an earlier entry`, faults);
  }
  return documents.flatMap((document, index) => {
    const path = `issuers[${index}]`;
    if (!faults.isSound(path)) return [];
    checkAccess(document, path, tenants, reading);
    const jwksUri = jwksUriAt(`${path}.jwksUri`, document, reading);
    return jwksUri === undefined ? [] : [Object.freeze(settingsOf(document, jwksUri))];
  });
}

function settingsOf(document: IssuerDocument, jwksUri: string): IssuerSettings {
  const { name, issuer, audience, algorithms, tenants, scopes, tenantClaim } = document;
  return {
    name,
    issuer,
    audience,
    jwksUri,
    algorithms,
    leewaySeconds: document.leewaySeconds ?? SETTINGS_DEFAULTS.tokenLeewaySeconds,
    claims: Object.freeze({
      scopes: document.scopesClaim ?? 'scope',
      caller: document.callerClaim ?? 'sub',
      ...(tenantClaim !== undefined && { tenant: tenantClaim }),
    }),
    tenants,
    scopes: new Set(Array.isArray(scopes) ? scopes : []),
    limit: Object.freeze({ ...(document.limit ?? SETTINGS_DEFAULTS.callerLimit) }),
    resources: resourcesOf(document.resources),
  };
}

/** The keys that come from there decide who is let in, so the way there has to be as safe as one with a credential. */
function jwksUriAt(
  path: string,
  { jwksUri, allowPlainHttp = false }: IssuerDocument,
  { faults }: SettingsReading,
): string | undefined {
  if (!faults.isSound(path)) return undefined;
  const result = readBaseUrl(jwksUri, { allowPlainHttp, path: 'exact' });
  if (result.reason === undefined) return result.url;
  faults.add(path, result.reason);
  return undefined;
}
