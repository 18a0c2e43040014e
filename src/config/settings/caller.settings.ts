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
import { AsSet, ParsedBy, Time } from '../fields/parsed.fields.js';
import { checkUnique, type SettingsChecks } from './settings.checks.js';
import {
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

const HASH_RULE = 'a SHA-256 in 64 lowercase hex digits; `tollgate keys new` prints one';

/** Of what was written in place of the hash of a key. */
function reasonOfHash(written: string): string {
  if (/^[0-9a-f]{64}$/i.test(written)) return 'must be in lowercase';
  if (!written.startsWith('tg_')) return `must be ${HASH_RULE}`;
  return (
    'is a key in place of its SHA-256, and can now be read by everyone who reads this file; ' +
    'replace it: `tollgate keys new` prints a new key and its hash'
  );
}

@Form({ example: '{ sha256: (64 hex digits) }' })
export class CallerKey {
  @About("SHA-256 of the key's UTF-8 text, 32 bytes; the key itself is stored nowhere.")
  @StringField(/^[0-9a-f]{64}$/, HASH_RULE, reasonOfHash)
  @ParsedBy((hex: string) => ({ value: Buffer.from(hex, 'hex') }))
  readonly sha256: Buffer;

  @About('Refused before this moment.')
  @Optional()
  @Time()
  readonly notBefore?: Date;

  @About('Refused from this moment on.')
  @Optional()
  @Time()
  readonly expires?: Date;
}

/** An internal service that calls Tollgate. */
@Form({
  example:
    '{ name: checkout, tenants: [north], scopes: [entitlements:read], keys: [{ sha256: (64 hex digits) }] }',
})
export class CallerSettings {
  @About('Is in the log, the metrics and every operation of the caller.')
  @Name()
  readonly name: string;

  @About(
    'Names of the tenants it may act for; with more than one it names one in `Tollgate-Tenant`. May be left out where all of its scopes are `ops:read` or `ops:read-all-tenants`.',
  )
  @TenantNames()
  readonly tenants: readonly string[] = [];

  @About('What it may do there: [scopes](#scopes).')
  @ListOfWords(SCOPES)
  @AsSet()
  readonly scopes: ReadonlySet<Scope>;

  @About('API keys, of which any is accepted: a new one is added before the old one is removed.')
  @ListOfMappings(() => CallerKey, { max: 16 })
  readonly keys: readonly CallerKey[];

  @About(
    'How often it may call. 100 a second are far above what one internal service needs, low enough that one in a loop leaves room for the others.',
  )
  @Mapping(() => CallerLimit)
  readonly limit: CallerLimit = DEFAULT_LIMIT;

  @About('Limits of some scopes, in addition to `limit`.')
  @Optional()
  @ListOfMappings(() => ScopeLimit, { max: SCOPES.length })
  readonly scopeLimits?: readonly ScopeLimit[];

  @About("Its share of a vendor's budget when callers compete: twice the weight, twice the calls.")
  @WholeNumber(1, 1_000, 'share')
  readonly weight: number = DEFAULT_WEIGHT;

  @About('To which products, voucher groups and token names it is restricted; left out: to none.')
  @Mapping(() => CallerResources)
  readonly resources: CallerResources = new CallerResources();

  @About('What cached responses it gets.')
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
  checkUnique(hashes, 'is the hash of an earlier key, and each key belongs to one caller', checks);
}

function checkKey({ notBefore, expires }: CallerKey, path: string, { report, now }: SettingsChecks): void {
  if (notBefore && expires && expires <= notBefore) {
    report.error(`${path}.expires`, 'must be later than notBefore');
  }
  if (expires && expires <= now) report.warn(path, 'has expired; the key is refused and can be removed');
}
