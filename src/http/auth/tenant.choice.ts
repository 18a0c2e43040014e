import { ProblemError } from '../problems/problem.error.js';
import type { KnownCaller } from './caller.js';

/**
 * The tenant that a request acts for. A tenant of other callers and one that does not exist get the same problem, so that
 * names of tenants do not leak.
 * @throws ProblemError forbidden, validation-failed
 */
export function chooseTenant(caller: Pick<KnownCaller, 'tenants'>, named: string | undefined): string {
  const [only, ...others] = caller.tenants;
  if (named === undefined) {
    if (only !== undefined && others.length === 0) return only;
    if (only === undefined) throw new ProblemError('forbidden', 'This caller acts for no tenant.');
    throw new ProblemError(
      'validation-failed',
      'This caller acts for several tenants; name one in Tollgate-Tenant.',
      {
        errors: [
          {
            pointer: '/headers/Tollgate-Tenant',
            detail: `is missing; must be one of: ${caller.tenants.join(', ')}`,
          },
        ],
      },
    );
  }
  if (caller.tenants.includes(named)) return named;
  throw new ProblemError('forbidden', 'This caller may not act for the tenant named in Tollgate-Tenant.');
}

/**
 * The tenant that a caller names who may read about all of them, so names are no secret from it.
 * @param names of all tenants
 * @throws ProblemError validation-failed
 */
export function findTenant(names: readonly string[], named: string): string {
  if (names.includes(named)) return named;
  throw new ProblemError('validation-failed', 'Tollgate-Tenant names no tenant of this gateway.', {
    errors: [
      {
        pointer: '/headers/Tollgate-Tenant',
        detail: `is not the name of a tenant; must be one of: ${names.join(', ')}`,
      },
    ],
  });
}
