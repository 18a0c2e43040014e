import { createHash, createHmac } from 'node:crypto';
import type { Secret } from './secrets/secret.js';
import type { Import2Settings } from './settings/import2.settings.js';
import type { SpidSettings } from './settings/spid.settings.js';
import type { Tenants, TenantSettings } from './settings/tenant.settings.js';
import { UPSTREAM_NAMES, type UpstreamName } from './upstream.names.js';

/**
 * Names the account at a vendor that a tenant's settings lead to. Tenants that share one change the same users,
 * groups and migrations, so their operations are decided and counted together. The names are stored: they
 * hold no secret, and a token enters only as a keyed hash.
 */
export function spidAccount({ baseUrl, clientId }: SpidSettings): string {
  return `spid:${shortened(hashed(baseUrl, clientId))}`;
}

/**
 * By the token, at the host: the versions of the API are one account, its sandbox is another (Import2 E1).
 * @param key `ledger.fingerprintKey`; without it, in settings where no caller may start migrations, each tenant counts as
 *   an account of its own
 */
export function import2Account(import2: Import2Settings, tenant: string, key: Secret | undefined): string {
  const place = placeOf(import2);
  const whose = key ? createHmac('sha256', key.reveal()).update(import2.apiToken.reveal()).digest() : tenant;
  return `import2:${shortened(hashed(place, whose))}`;
}

/** The vendor's name, with which the name of each of its accounts begins. */
export function upstreamOfAccount(account: string): UpstreamName {
  return account.slice(0, account.indexOf(':')) as UpstreamName;
}

/** The sandbox of Import2 creates nothing and returns the same to every read (Import2 E1). */
export function isSandbox({ baseUrl }: Pick<Import2Settings, 'baseUrl'>): boolean {
  return baseUrl.endsWith('/sandbox');
}

function placeOf(import2: Import2Settings): string {
  return `${new URL(import2.baseUrl).origin}${isSandbox(import2) ? '/sandbox' : ''}`;
}

function hashed(place: string, credential: string | Buffer): Buffer {
  return createHash('sha256').update(place).update('\n').update(credential).digest();
}

/** 128 bits distinguish accounts. */
function shortened(digest: Buffer): string {
  return digest.subarray(0, 16).toString('hex');
}

/** One account that several tenants lead to. */
export interface SharedAccount {
  readonly upstream: UpstreamName;
  /** In the order of the settings; two or more. */
  readonly tenants: readonly string[];
}

/** Every account of more than one tenant; works without any key. */
export function sharedAccounts(tenants: Tenants): SharedAccount[] {
  return UPSTREAM_NAMES.flatMap((upstream) =>
    [...Map.groupBy(tenants.values(), (tenant) => placeAndCredential(upstream, tenant))]
      .filter(([account, sharing]) => account !== undefined && sharing.length > 1)
      .map(([, sharing]) => ({ upstream, tenants: sharing.map(({ name }) => name) })),
  );
}

/** Names of the tenants that lead to the same account as this one, itself included. */
export function tenantsSharing(
  tenants: Tenants,
  tenant: string,
  upstream: SharedAccount['upstream'],
): readonly string[] {
  const shared = sharedAccounts(tenants).find(
    (each) => each.upstream === upstream && each.tenants.includes(tenant),
  );
  return shared?.tenants ?? [tenant];
}

/** Equal for tenants that lead to the same account. Stays in this process: it is a plain hash of the token. */
export function placeAndCredential(
  upstream: UpstreamName,
  { spid, import2 }: Pick<TenantSettings, 'spid' | 'import2'>,
): string | undefined {
  switch (upstream) {
    case 'spid':
      return spid && spidAccount(spid);
    case 'import2':
      return import2 && hashed(placeOf(import2), import2.apiToken.reveal()).toString('hex');
    default:
      return upstream satisfies never;
  }
}
