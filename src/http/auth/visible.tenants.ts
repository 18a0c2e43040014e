import type { Settings } from '../../config/settings/settings.js';
import type { Caller } from './caller.js';

/**
 * The tenants whose health and metrics a request with `ops:read` shows. `all` includes numbers that are counted over all
 * tenants together; a request that names a tenant shows what a caller of that tenant sees.
 */
export function visibleTenants(
  { tenants, scopes, namesTenant }: Pick<Caller, 'tenants' | 'scopes' | 'namesTenant'>,
  settings: Pick<Settings, 'tenants'>,
): ReadonlySet<string> | 'all' {
  if (!namesTenant && scopes.has('ops:read-all-tenants')) return 'all';
  const seen = new Set(tenants);
  return [...settings.tenants.keys()].every((name) => seen.has(name)) ? 'all' : seen;
}
