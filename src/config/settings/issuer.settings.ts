import { reasonOfPlainHttp } from '../base.url.js';
import { type Scope, SCOPES } from '../scopes.js';
import {
  CallerCache,
  CallerLimit,
  CallerResources,
  checkAccess,
  DEFAULT_LIMIT,
  DEFAULT_WEIGHT,
  ScopeLimit,
} from './access.settings.js';
import { AsSet, BaseUrl } from './parsed.fields.js';
import { checkUnique, type SettingsChecks } from './settings.checks.js';
import {
  Flag,
  ListOfMappings,
  ListOfWords,
  Mapping,
  Name,
  Optional,
  TenantNames,
  Text,
  WholeNumber,
} from './settings.fields.js';
import type { TenantSettings } from './tenant.settings.js';

/** Public keys only: with a shared key, a verifier of tokens could make one. */
export const TOKEN_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** The name of a claim, a namespaced one included, for example `https://example.com/tenant`. */
const CLAIM = /^[\x21-\x7e]{1,256}$/;
const CLAIM_RULE = 'the name of a claim';

/** Signs tokens (JWT) for callers that have no entry of their own. */
export class IssuerSettings {
  /** Prefix of the name of each of its callers. */
  @Name()
  readonly name: string;

  /** Exactly the claim `iss`. */
  @Text(/^[\x21-\x7e]{1,2048}$/, 'the text of the claim iss')
  readonly issuer: string;

  /** Has to be in the claim `aud`. */
  @Text(/^[\x21-\x7e]{1,2048}$/, 'the text of the claim aud')
  readonly audience: string;

  @BaseUrl('exact')
  readonly jwksUri: string;

  /** Lets `jwksUri` be http for another machine; for a private network such as compose's. */
  @Optional()
  @Flag()
  readonly allowPlainHttp?: boolean;

  @ListOfWords(TOKEN_ALGORITHMS)
  readonly algorithms: readonly TokenAlgorithm[];

  /**
   * By how much the clocks of issuer and gateway may differ. Machines that keep time by NTP differ by far less; a token is
   * stolen for hours, not for half a minute.
   */
  @WholeNumber(0, 300)
  readonly leewaySeconds: number = 30;

  @Text(CLAIM, CLAIM_RULE)
  readonly scopesClaim: string = 'scope';

  /** Left out: each caller may act for all tenants of the issuer. */
  @Optional()
  @Text(CLAIM, CLAIM_RULE)
  readonly tenantClaim?: string;

  @Text(CLAIM, CLAIM_RULE)
  readonly callerClaim: string = 'sub';

  /** The most that a token can open, for any claims. May be left out as that of a caller. */
  @TenantNames()
  readonly tenants: readonly string[] = [];

  /** The most that a token can open, for any claims. */
  @ListOfWords(SCOPES)
  @AsSet()
  readonly scopes: ReadonlySet<Scope>;

  @Mapping(() => CallerLimit)
  readonly limit: CallerLimit = DEFAULT_LIMIT;

  @Optional()
  @ListOfMappings(() => ScopeLimit, { max: SCOPES.length })
  readonly scopeLimits?: readonly ScopeLimit[];

  /**
   * The share of a vendor's budget that all its callers have together: their number is not known, and each new name would
   * otherwise reduce the share of every other caller.
   */
  @WholeNumber(1, 1_000)
  readonly weight: number = DEFAULT_WEIGHT;

  @Mapping(() => CallerResources)
  readonly resources: CallerResources = new CallerResources();

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
