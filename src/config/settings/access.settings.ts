import { needsTenant, type Scope, SCOPES, upstreamOf } from '../scopes.js';
import { UPSTREAM_NAMES } from '../upstream.names.js';
import { About, Form } from '../fields/field.schema.js';
import { closestWord } from '../closest.word.js';
import { AsSet } from '../fields/parsed.fields.js';
import { checkUnique, type SettingsChecks } from './settings.checks.js';
import {
  ListOfStrings,
  ListOfWords,
  Mapping,
  Name,
  Optional,
  WholeNumber,
} from '../fields/settings.fields.js';
import { CACHE_MAX_AGE_SECONDS_MAX } from './spid.settings.js';
import type { TenantSettings } from './tenant.settings.js';

@Form({ example: '{ requests: 100, perSeconds: 1 }' })
export class CallerLimit {
  @About('Requests admitted in a window of `perSeconds`, over all routes, tenants and replicas.')
  @WholeNumber(1, 1_000_000, 'requests')
  readonly requests: number;

  @About('Length of a window.')
  @WholeNumber(1, 86_400, 'seconds')
  readonly perSeconds: number;

  @About('Requests that earlier windows left unused and that one window may use in addition; left out: none.')
  @Optional()
  @WholeNumber(0, 1_000_000, 'requests')
  readonly burst?: number;

  @About('Requests in progress at one time, in each replica; left out: any number.')
  @Optional()
  @WholeNumber(1, 100_000, 'requests')
  readonly concurrent?: number;
}

/** A limit of some scopes together, in addition to the limit of the caller. */
@Form({ example: '{ name: draws, scopes: [vouchers:draw], limit: { requests: 1, perSeconds: 60 } }' })
export class ScopeLimit {
  @About('Names the policy in `RateLimit-Policy`.')
  @Name()
  readonly name: string;

  @About('Each of them is a scope of this caller or issuer, and in one entry only.')
  @ListOfWords(SCOPES)
  @AsSet()
  readonly scopes: ReadonlySet<Scope>;

  @About('Counts the requests of all these scopes together.')
  @Mapping(() => CallerLimit)
  readonly limit: CallerLimit;
}

/** Callers without a weight of their own are equal. */
export const DEFAULT_WEIGHT = 1;

/** Far above what one internal service needs, low enough that one in a loop leaves room for the others. */
export const DEFAULT_LIMIT: CallerLimit = Object.freeze(
  Object.assign(new CallerLimit(), { requests: 100, perSeconds: 1 }),
);

/** Names of policies in `RateLimit-Policy` that are not groups of scopes. */
const OTHER_POLICIES: readonly string[] = ['caller', ...UPSTREAM_NAMES];

/** Of the policy of a limit that has `concurrent`. */
const CONCURRENT = /-concurrent$/;

/** Exact, or a prefix when it ends with `*`. */
const RESOURCE = /^[^\u0000-\u001f\u007f*]{0,127}[^\u0000-\u001f\u007f]$/;
const RESOURCE_RULE = 'an id, or the beginning of ids followed by *';

/**
 * To which things a caller is restricted: each entry exact, or a prefix followed by `*`. A kind that is left out is not
 * restricted.
 */
@Form({ example: '{ products: [premium, news-*] }' })
export class CallerResources {
  @About('Ids and aliases of products.')
  @Optional()
  @ListOfStrings(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly products?: readonly string[];

  @About('Ids of voucher groups.')
  @Optional()
  @ListOfStrings(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly voucherGroups?: readonly string[];

  @About('Names of tokens.')
  @Optional()
  @ListOfStrings(RESOURCE, RESOURCE_RULE, { max: 1_000 })
  readonly tokenNames?: readonly string[];
}

/** What cached responses a caller accepts when its request has no `Cache-Control`. */
@Form({ example: '{ maxAgeSeconds: 10 }' })
export class CallerCache {
  @About(
    'As if the request had `max-age` with this value; left out: each response is fresh. The limit of the tenant applies.',
  )
  @Optional()
  @WholeNumber(0, CACHE_MAX_AGE_SECONDS_MAX, 'seconds')
  readonly maxAgeSeconds?: number;
}

/** What callers and issuers have in common: for whom they may act, what they may do there, and how often. */
export interface AccessSettings {
  readonly tenants: readonly string[];
  readonly scopes: ReadonlySet<Scope>;
  readonly scopeLimits?: readonly ScopeLimit[];
  readonly cache?: CallerCache;
}

/** Each tenant exists and has the upstream that each scope needs; each limit is about scopes that are held, once. */
export function checkAccess(
  access: AccessSettings,
  path: string,
  tenants: readonly TenantSettings[],
  checks: SettingsChecks,
): void {
  const { report } = checks;
  checkScopeLimits(access, `${path}.scopeLimits`, checks);
  checkCache(access, `${path}.cache.maxAgeSeconds`, tenants, checks);
  if (access.tenants.length === 0 && [...access.scopes].some(needsTenant)) {
    report.error(`${path}.tenants`, 'must name a tenant; only ops:read and ops:read-all-tenants need none');
  }
  access.tenants.forEach((name, index) => {
    const found = tenants.findIndex((tenant) => tenant.name === name);
    const tenant = tenants[found];
    if (!tenant) {
      const meant = closestWord(
        name,
        tenants.map((each) => each.name),
      );
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      report.error(`${path}.tenants[${index}]`, `is not the name of a tenant in this file${hint}`);
      return;
    }
    [...access.scopes].forEach((scope, at) => {
      const upstream = upstreamOf(scope);
      if (upstream === undefined || tenant[upstream] !== undefined) return;
      report.error(
        `${path}.scopes[${at}]`,
        `needs tenants[${found}].${upstream} (tenant ${name}), which is not there; add it, or remove the scope or the tenant`,
      );
    });
  });
}

/** An age that no tenant of the caller allows is most likely a mistake; the smaller one applies. */
function checkCache(
  { cache, tenants: names }: AccessSettings,
  path: string,
  tenants: readonly TenantSettings[],
  { report }: SettingsChecks,
): void {
  const limits = tenants.flatMap(({ name, spid }) =>
    spid && names.includes(name) ? [spid.cache.maxAgeSeconds] : [],
  );
  const longest = Math.max(0, ...limits);
  if ((cache?.maxAgeSeconds ?? 0) <= longest) return;
  report.warn(path, `is more than spid.cache.maxAgeSeconds of its tenants allows: ${longest} applies`);
}

function checkScopeLimits(
  { scopes, scopeLimits = [] }: AccessSettings,
  path: string,
  checks: SettingsChecks,
): void {
  const { report } = checks;
  const names = scopeLimits.map(({ name }, index) => ({ path: `${path}[${index}].name`, value: name }));
  checkUnique(names, 'is the name of an earlier entry', checks);
  for (const { path: place, value } of names) {
    if (!OTHER_POLICIES.includes(value) && !CONCURRENT.test(value)) continue;
    report.error(
      place,
      `must not be ${OTHER_POLICIES.join(', ')}, nor end in -concurrent: policies have such names`,
    );
  }
  const limited = scopeLimits.flatMap((group, index) =>
    [...group.scopes].map((value, at) => ({ path: `${path}[${index}].scopes[${at}]`, value })),
  );
  checkUnique(limited, 'is in an earlier entry', checks);
  for (const { path: place, value } of limited) {
    if (!scopes.has(value)) report.error(place, 'is not in the scopes of this caller or issuer');
  }
}
