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
import { AsSet, ParsedBy, Time } from './parsed.fields.js';
import { checkUnique, type SettingsChecks } from './settings.checks.js';
import {
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

export class CallerKey {
  /** SHA-256 of the key's UTF-8 text, 32 bytes; the key itself is stored nowhere. */
  @Text(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 lowercase hex digits; `tollgate keys new` prints one')
  @ParsedBy((hex: string) => ({ value: Buffer.from(hex, 'hex') }))
  readonly sha256: Buffer;

  /** Refused before this moment. */
  @Optional()
  @Time()
  readonly notBefore?: Date;

  /** Refused from this moment on. */
  @Optional()
  @Time()
  readonly expires?: Date;
}

/** An internal service that calls Tollgate. */
export class CallerSettings {
  @Name()
  readonly name: string;

  /**
   * Names of the tenants it may act for; with more than one it names one in `Tollgate-Tenant`. May be left out where all of its
   * scopes are `ops:read` or `ops:read-all-tenants`.
   */
  @TenantNames()
  readonly tenants: readonly string[] = [];

  @ListOfWords(SCOPES)
  @AsSet()
  readonly scopes: ReadonlySet<Scope>;

  @ListOfMappings(() => CallerKey, { max: 16 })
  readonly keys: readonly CallerKey[];

  @Mapping(() => CallerLimit)
  readonly limit: CallerLimit = DEFAULT_LIMIT;

  @Optional()
  @ListOfMappings(() => ScopeLimit, { max: SCOPES.length })
  readonly scopeLimits?: readonly ScopeLimit[];

  /** Its share of a vendor's budget when callers compete: twice the weight, twice the calls. */
  @WholeNumber(1, 1_000)
  readonly weight: number = DEFAULT_WEIGHT;

  @Mapping(() => CallerResources)
  readonly resources: CallerResources = new CallerResources();

  @Optional()
  @Mapping(() => CallerCache)
  readonly cache?: CallerCache;
}

export function checkCallers(
  callers: readonly CallerSettings[],
  tenants: readonly TenantSettings[],
  checks: SettingsChecks,
): void {
  const names = callers.map(({ name }, index) => ({ path: `callers[${index}].name`, value: name }));
  checkUnique(names, 'is the name of an earlier caller', checks);
  callers.forEach((caller, index) => {
    checkAccess(caller, `callers[${index}]`, tenants, checks);
    caller.keys.forEach((key, at) => checkKey(key, `callers[${index}].keys[${at}]`, checks));
  });
  const hashes = callers.flatMap(({ keys }, index) =>
    keys.map(({ sha256 }, at) => ({
      path: `callers[${index}].keys[${at}].sha256`,
      value: sha256.toString('hex'),
    })),
  );
  checkUnique(hashes, 'is in this file twice; each key belongs to one caller', checks);
}

function checkKey({ notBefore, expires }: CallerKey, path: string, { report, now }: SettingsChecks): void {
  if (notBefore && expires && expires <= notBefore) {
    report.error(`${path}.expires`, 'must be later than notBefore');
  }
  if (expires && expires <= now) report.warn(path, 'has expired; the key is refused and can be removed');
}
