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
] as const;

export type Scope = (typeof SCOPES)[number];
