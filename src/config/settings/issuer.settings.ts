import { reasonOfPlainHttp } from '../base.url.js';
import { type Scope, SCOPES } from '../scopes.js';
import { About, Form } from '../fields/field.schema.js';
import {
  CallerCache,
  CallerLimit,
  CallerResources,
  checkAccess,
  DEFAULT_LIMIT,
  DEFAULT_WEIGHT,
  ScopeLimit,
} from './access.settings.js';
import { AsSet, BaseUrl } from '../fields/parsed.fields.js';
import { checkUnique, type SettingsChecks } from './settings.checks.js';
import {
  Flag,
  ListOfMappings,
  ListOfWords,
  Mapping,
  Name,
  Optional,
  TenantNames,
  StringField,
  WholeNumber,
} from '../fields/settings.fields.js';
import type { TenantSettings } from './tenant.settings.js';

/** Public keys only: with a shared key, a verifier of tokens could make one. */
export const TOKEN_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** The name of a claim, a namespaced one included, for example `https://example.com/tenant`. */
const CLAIM = /^[\x21-\x7e]{1,256}$/;
const CLAIM_RULE = 'the name of a claim';

/** Signs tokens (JWT) for callers that have no entry of their own. */
@Form({
  example:
    '{ name: corp, issuer: (claim iss), audience: tollgate, jwksUri: (URL), algorithms: [RS256], tenants: [north], scopes: [entitlements:read] }',
})
export class IssuerSettings {
  @About('Prefix of the name of each of its callers.')
  @Name()
  readonly name: string;

  @About('Exactly the claim `iss`.')
  @StringField(/^[\x21-\x7e]{1,2048}$/, 'the text of the claim iss')
  readonly issuer: string;

  @About('Has to be in the claim `aud`.')
  @StringField(/^[\x21-\x7e]{1,2048}$/, 'the text of the claim aud')
  readonly audience: string;

  @About('Where the public keys of the issuer are, as a JSON Web Key Set.')
  @BaseUrl('exact')
  readonly jwksUri: string;

  @About("Lets `jwksUri` be http for another machine; for a private network such as compose's.")
  @Optional()
  @Flag()
  readonly allowPlainHttp?: boolean;

  @About(
    'Accepted algorithms of signatures. Public keys only: with a shared key, a verifier of tokens could make one.',
  )
  @ListOfWords(TOKEN_ALGORITHMS)
  readonly algorithms: readonly TokenAlgorithm[];

  @About(
    'By how much the clocks of issuer and gateway may differ. Machines that keep time by NTP differ by far less; a token is stolen for hours, not for half a minute.',
  )
  @WholeNumber(0, 300, 'seconds')
  readonly leewaySeconds: number = 30;

  @About('The claim with the scopes: a list, or words with spaces between them.')
  @StringField(CLAIM, CLAIM_RULE)
  readonly scopesClaim: string = 'scope';

  @About('Left out: each caller may act for all tenants of the issuer.')
  @Optional()
  @StringField(CLAIM, CLAIM_RULE)
  readonly tenantClaim?: string;

  @About('The claim that names the caller.')
  @StringField(CLAIM, CLAIM_RULE)
  readonly callerClaim: string = 'sub';

  @About('The most that a token can open, for any claims. May be left out as that of a caller.')
  @TenantNames()
  readonly tenants: readonly string[] = [];

  @About('The most that a token can open, for any claims.')
  @ListOfWords(SCOPES)
  @AsSet()
  readonly scopes: ReadonlySet<Scope>;

  @About('How often each caller of the issuer may call.')
  @Mapping(() => CallerLimit)
  readonly limit: CallerLimit = DEFAULT_LIMIT;

  @About('Limits of some scopes, in addition to `limit`.')
  @Optional()
  @ListOfMappings(() => ScopeLimit, { max: SCOPES.length })
  readonly scopeLimits?: readonly ScopeLimit[];

  @About(
    "The share of a vendor's budget that all its callers have together: their number is not known, and each new name would otherwise reduce the share of every other caller.",
  )
  @WholeNumber(1, 1_000, 'share')
  readonly weight: number = DEFAULT_WEIGHT;

  @About('To which products, voucher groups and token names its callers are restricted; left out: to none.')
  @Mapping(() => CallerResources)
  readonly resources: CallerResources = new CallerResources();

  @About('What cached responses its callers get.')
  @Optional()
  @Mapping(() => CallerCache)
  readonly cache?: CallerCache;
}

export function checkIssuers(
  issuers: readonly IssuerSettings[],
  tenants: readonly TenantSettings[],
  checks: SettingsChecks,
): void {
  // The issuer is chosen by the claim `iss` and is a prefix of its callers' names, so both have to be unique.
  for (const field of ['name', 'issuer'] as const) {
    const values = issuers.map((each, index) => ({ path: `issuers[${index}].${field}`, value: each[field] }));
    checkUnique(values, `is the ${field} of an earlier entry`, checks);
  }
  issuers.forEach((issuer, index) => {
    const path = `issuers[${index}]`;
    checkAccess(issuer, path, tenants, checks);
    // The keys from there decide which callers are let in, so they need as safe a connection as a credential.
    const reason = reasonOfPlainHttp(issuer.jwksUri, issuer);
    if (reason !== undefined) checks.report.error(`${path}.jwksUri`, reason);
  });
}
