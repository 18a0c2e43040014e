import type { LedgerSettings } from './settings/ledger.settings.js';
import type { Tenants, TenantSettings } from './settings/tenant.settings.js';
import type { UpstreamName } from './upstream.names.js';
import {
  import2Account,
  isSandbox,
  placeAndCredential,
  type SharedAccount,
  sharedAccounts,
  spidAccount,
} from './vendor.account.js';

/** What one account at a vendor accepts, from all tenants together. */
export interface AccountLimits {
  /** Calls in any window of `windowMs`, from all replicas; undefined when the vendor has no rate limit. */
  readonly rate: { readonly calls: number; readonly windowMs: number } | undefined;
  /** Calls at the vendor at one time: of all replicas when there is a rate, otherwise of each. */
  readonly places: number;
  /** Time limit of one attempt: the longest of the tenants that share the account. */
  readonly attemptMs: number;
}

export interface CountedAccount {
  /** Name of the account, free of secrets, and the same in every process with the same settings. */
  readonly account: string;
  readonly limits: AccountLimits;
}

/** A tenant with the settings of a client in use, which a reload may have replaced in the file. */
export type ClientOwner = Pick<TenantSettings, 'name' | 'spid' | 'import2'>;

/** Of every Import2 account, over all endpoints; its sandbox has no limits (Import2 E1). */
const IMPORT2_RATE = { calls: 10, windowMs: 1_000 } as const;

/**
 * The account that the calls of a client count for. Its limits are those in the settings in force: of all tenants that share
 * the account, the smallest. A client whose settings are no longer in force has its own.
 */
export function countedAccount(
  upstream: UpstreamName,
  own: ClientOwner,
  { tenants, ledger }: { readonly tenants: Tenants; readonly ledger: Pick<LedgerSettings, 'fingerprintKey'> },
): CountedAccount | undefined {
  const key = placeAndCredential(upstream, own);
  if (key === undefined) return undefined;
  const sharing = [...tenants.values()].filter((tenant) => placeAndCredential(upstream, tenant) === key);
  const limits = limitsOf(upstream, sharing.length > 0 ? sharing : [own]);
  if (!limits) return undefined;
  // Without a key every tenant has an account name of its own; the first one's then stands for all that share the token.
  const { name } = sharing[0] ?? own;
  const { spid, import2 } = own;
  switch (upstream) {
    case 'spid':
      return spid && { account: spidAccount(spid), limits };
    case 'import2':
      return import2 && { account: import2Account(import2, name, ledger.fingerprintKey), limits };
    default:
      return upstream satisfies never;
  }
}

/** The shared accounts for which their tenants have different limits. */
export function disagreeingAccounts(tenants: Tenants): SharedAccount[] {
  return sharedAccounts(tenants).filter(({ upstream, tenants: names }) => {
    const each = names
      .flatMap((name) => tenants.get(name) ?? [])
      .map((tenant) => limitsOf(upstream, [tenant]));
    return new Set(each.map((limits) => JSON.stringify([limits?.rate, limits?.places]))).size > 1;
  });
}

function limitsOf(upstream: UpstreamName, tenants: readonly ClientOwner[]): AccountLimits | undefined {
  const each = tenants.flatMap(({ [upstream]: settings }) => {
    if (!settings) return [];
    const { budget: { requests, perSeconds, concurrency } = {}, connections, timeouts } = settings;
    const set = requests !== undefined && perSeconds !== undefined;
    const rate = set ? { calls: requests, windowMs: perSeconds * 1_000 } : rateWithout(upstream, settings);
    return [{ rate, places: concurrency ?? connections, attemptMs: timeouts.attemptMs }];
  });
  return each.length === 0 ? undefined : each.reduce(smaller);
}

function rateWithout(upstream: UpstreamName, settings: { readonly baseUrl: string }): AccountLimits['rate'] {
  return upstream === 'import2' && !isSandbox(settings) ? IMPORT2_RATE : undefined;
}

function smaller(one: AccountLimits, other: AccountLimits): AccountLimits {
  return {
    rate: slower(one.rate, other.rate),
    places: Math.min(one.places, other.places),
    attemptMs: Math.max(one.attemptMs, other.attemptMs),
  };
}

/** The one with fewer calls over time; of equal ones the one with the smaller burst. */
function slower(one: AccountLimits['rate'], other: AccountLimits['rate']): AccountLimits['rate'] {
  if (!one || !other) return one ?? other;
  const difference = one.calls / one.windowMs - other.calls / other.windowMs;
  if (difference === 0) return one.calls <= other.calls ? one : other;
  return difference < 0 ? one : other;
}
