import { SCOPES, type Scope } from '../scopes.js';
import {
  Flag,
  ListOfMappings,
  ListOfTexts,
  ListOfWords,
  Mapping,
  NAME,
  NAME_RULE,
  Optional,
  Text,
  WholeNumber,
} from './settings.fields.js';
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from './token.algorithms.js';

/** RFC 3339; the offset is not optional, because a zoneless expiry is a different moment on each machine. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Exact, or everything that begins with it when it ends with `*`. */
const RESOURCE = /^[^\u0000-\u001f\u007f*]{0,127}[^\u0000-\u001f\u007f]$/;
const RESOURCE_RULE = 'an id, or the beginning of ids followed by *';

/** The name of a claim, a namespaced one included, for example `https://example.com/tenant`. */
const CLAIM = /^[\x21-\x7e]{1,256}$/;
const CLAIM_RULE = 'the name of a claim';

export class KeyDocument {
  @Text(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 small hex digits; `tollgate keys new` prints one')
  readonly sha256: string;

  @Optional()
  @Text(TIME, 'an RFC 3339 time with an offset, for example 2027-01-31T00:00:00Z')
  readonly notBefore?: string;

  @Optional()
  @Text(TIME, 'an RFC 3339 time with an offset, for example 2027-01-31T00:00:00Z')
  readonly expires?: string;
}

class LimitDocument {
  @WholeNumber(1, 1_000_000)
  readonly requests: number;

  @WholeNumber(1, 86_400)
  readonly perSeconds: number;
}

class ResourcesDocument {
  @Optional()
  @ListOfTexts(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly products?: readonly string[];

  @Optional()
  @ListOfTexts(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly voucherGroups?: readonly string[];

  @Optional()
  @ListOfTexts(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly tokenNames?: readonly string[];
}

export class CallerDocument {
  @Text(NAME, NAME_RULE)
  readonly name: string;

  @ListOfTexts(NAME, 'the name of a tenant', { max: 1_000 })
  readonly tenants: readonly string[];

  @ListOfWords(SCOPES)
  readonly scopes: readonly Scope[];

  @ListOfMappings(() => KeyDocument, { max: 16 })
  readonly keys: readonly KeyDocument[];

  @Optional()
  @Mapping(() => LimitDocument)
  readonly limit?: LimitDocument;

  @Optional()
  @Mapping(() => ResourcesDocument)
  readonly resources?: ResourcesDocument;
}

/** Somebody who signs tokens for callers. */
export class IssuerDocument {
  @Text(NAME, NAME_RULE)
  readonly name: string;

  @Text(/^[\x21-\x7e]{1,2048}$/, 'the text of the claim iss')
  readonly issuer: string;

  @Text(/^[\x21-\x7e]{1,2048}$/, 'the text of the claim aud')
  readonly audience: string;

  @Text(/^\S{1,2048}$/, 'a URL')
  readonly jwksUri: string;

  /** Lets `jwksUri` be http for another machine; for a private network such as compose's. */
  @Optional()
  @Flag()
  readonly allowPlainHttp?: boolean;

  @ListOfWords(TOKEN_ALGORITHMS)
  readonly algorithms: readonly TokenAlgorithm[];

  @Optional()
  @WholeNumber(0, 300)
  readonly leewaySeconds?: number;

  @Optional()
  @Text(CLAIM, CLAIM_RULE)
  readonly scopesClaim?: string;

  @Optional()
  @Text(CLAIM, CLAIM_RULE)
  readonly tenantClaim?: string;

  @Optional()
  @Text(CLAIM, CLAIM_RULE)
  readonly callerClaim?: string;

  @ListOfTexts(NAME, 'the name of a tenant', { max: 1_000 })
  readonly tenants: readonly string[];

  @ListOfWords(SCOPES)
  readonly scopes: readonly Scope[];

  @Optional()
  @Mapping(() => LimitDocument)
  readonly limit?: LimitDocument;

  @Optional()
  @Mapping(() => ResourcesDocument)
  readonly resources?: ResourcesDocument;
}
