import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiHeader, ApiSecurity } from '../api.decorators.js';
import type { Scope } from '../../config/scopes.js';
import { ApiProblems } from '../problems/api-problems.decorator.js';

export const ACCESS = Symbol('tollgate:access');
export const OPEN = Symbol('tollgate:open');
export const ALL_TENANTS = Symbol('tollgate:all-tenants');

interface AccessOptions {
  /** `all`: the route is about all tenants of the caller, unless the request names one of them. */
  readonly tenants?: 'one' | 'all';
}

/** Descriptions of the header that names a tenant. */
export const TENANT_HEADER = {
  one: 'The tenant to act for. Required only from callers that belong to more than one.',
  all: 'One tenant of the caller to read about. Default: all tenants of the caller.',
  ops: 'One tenant to read about: any with `ops:read-all-tenants`, otherwise one of the caller. Default: all that the caller may see.',
} as const;

/**
 * Requires a scope. Also documents the key, the tenant header and the refusals: `ops:read` is for health and metrics, which
 * are served in an overload too.
 */
export function Access(scope: Scope, { tenants = 'one' }: AccessOptions = {}): MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS, scope),
    SetMetadata(ALL_TENANTS, tenants === 'all'),
    ApiSecurity('key', [scope]),
    ApiHeader({
      name: 'Tollgate-Tenant',
      required: false,
      description: TENANT_HEADER[scope === 'ops:read' ? 'ops' : tenants],
      schema: { type: 'string', maxLength: 64 },
    }),
    ApiProblems('unauthenticated', 'forbidden', 'rate-limited', 'validation-failed', 'upstream-unavailable'),
    ...(scope === 'ops:read' ? [] : [ApiProblems('overloaded')]),
  );
}

/** A route without authentication, for example a health check. The start fails for a route with neither decorator. */
export function Open(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(OPEN, true), ApiProblems('validation-failed'));
}
