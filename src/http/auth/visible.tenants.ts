import type { Settings } from '../../config/settings.js';
import type { Caller } from './caller.js';

/**
 * The tenants whose behaviour a caller of `ops:read` may see. `all`: what is counted over all tenants together is no
 * secret to it either.
 */
export function visibleTenants(
  { tenants, scopes }: Pick<Caller, 'tenants' | 'scopes'>,
  settings: Pick<Settings, 'tenants'>,
): ReadonlySet<string> | 'all' {
  if (scopes.has('ops:read-all-tenants')) return 'all';
  const seen = new Set(tenants);
  return [...settings.tenants.keys()].every((name) => seen.has(name)) ? 'all' : seen;
}
