import type { Settings } from '../../config/settings/settings.js';
import type { Caller } from './caller.js';

/**
 * The tenants whose health and metrics a caller with `ops:read` may see. `all` includes numbers that are counted over all
 * tenants together.
 */
export function visibleTenants(
  { tenants, scopes }: Pick<Caller, 'tenants' | 'scopes'>,
  settings: Pick<Settings, 'tenants'>,
): ReadonlySet<string> | 'all' {
  if (scopes.has('ops:read-all-tenants')) return 'all';
  const seen = new Set(tenants);
  return [...settings.tenants.keys()].every((name) => seen.has(name)) ? 'all' : seen;
}
