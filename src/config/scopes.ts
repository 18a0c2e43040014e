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

/** The upstream that a scope's routes call, if any: a tenant without it cannot serve the scope. */
export function upstreamOf(scope: Scope): UpstreamName | undefined {
  if (/^(entitlements|vouchers|tokens):/.test(scope)) return 'spid';
  return scope.startsWith('migrations:') ? 'import2' : undefined;
}
