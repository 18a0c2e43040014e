import type { UpstreamName } from './upstream.names.js';

/** What a caller may be allowed to do. One row per word; the settings file and the routes use these words. */
export const SCOPES = [
  'entitlements:read',
  'entitlements:write',
  'vouchers:read',
  'vouchers:handout',
  'vouchers:draw',
  'vouchers:manage',
  'migrations:read',
  'migrations:write',
  'migrations:pay',
  'tokens:read',
  'tokens:import',
  'operations:read',
  'operations:resolve',
  'ops:read',
  'ops:read-all-tenants',
] as const;

export type Scope = (typeof SCOPES)[number];

/** Of the gateway itself: health and metrics. A caller with no other scope needs no tenant. */
const OF_NO_TENANT: ReadonlySet<Scope> = new Set(['ops:read', 'ops:read-all-tenants']);

export function needsTenant(scope: Scope): boolean {
  return !OF_NO_TENANT.has(scope);
}

/** The upstream that a scope's routes call, if any: a tenant without it cannot serve the scope. */
export function upstreamOf(scope: Scope): UpstreamName | undefined {
  if (/^(entitlements|vouchers|tokens):/.test(scope)) return 'spid';
  return scope.startsWith('migrations:') ? 'import2' : undefined;
}
