import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader } from '@nestjs/swagger';
import type { Scope } from '../../config/scopes.js';
import { ApiProblems } from '../problems/api-problems.decorator.js';

export const ACCESS = Symbol('tollgate:access');
export const OPEN = Symbol('tollgate:open');

/** The scope a caller must hold. Also documents the key, the tenant header and the refusals. */
export function Access(scope: Scope): MethodDecorator {
  return applyDecorators(
    SetMetadata(ACCESS, scope),
    ApiBearerAuth('key'),
    ApiHeader({
      name: 'Tollgate-Tenant',
      required: false,
      description: 'The tenant to act for. Needed only by callers that belong to more than one.',
      schema: { type: 'string', maxLength: 64 },
    }),
    ApiProblems('unauthenticated', 'forbidden', 'rate-limited', 'validation-failed', 'upstream-unavailable'),
  );
}

/** A route that anyone may call, for example a health check. A route with neither decorator refuses to start. */
export function Open(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(OPEN, true), ApiProblems('validation-failed'));
}
