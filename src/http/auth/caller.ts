import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type {
  CallerCache,
  CallerLimit,
  CallerResources,
  ScopeLimit,
} from '../../config/settings/access.settings.js';
import type { CallerSettings } from '../../config/settings/caller.settings.js';
import type { Scope } from '../../config/scopes.js';

/** An authenticated caller, from the settings or from the token of an issuer. */
export type KnownCaller = Pick<
  CallerSettings,
  'name' | 'tenants' | 'scopes' | 'limit' | 'scopeLimits' | 'weight' | 'resources' | 'cache'
> & {
  /** Whose token it came with; undefined for a caller with a key. */
  readonly issuer?: string;
};

/** The caller of a request and its tenant. */
export interface Caller {
  readonly name: string;
  /** The tenant that this request acts for; on a route about all tenants of the caller, the first, or empty without any. */
  readonly tenant: string;
  /** The tenants that this request may read about: several only on a route about all tenants of the caller. */
  readonly tenants: readonly string[];
  /** Whether the request names its tenant: then a caller of all tenants reads about that one only. */
  readonly namesTenant: boolean;
  readonly scopes: ReadonlySet<Scope>;
  readonly limit: CallerLimit;
  readonly scopeLimits: readonly ScopeLimit[] | undefined;
  readonly resources: CallerResources;
  readonly cache: CallerCache | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by CallerGuard on every route that needs a caller. */
    caller?: Caller;
  }
}

/** The caller of this request; only on routes with `@Access`. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error('this route has no @Access, so it has no caller');
  return request.caller;
}

/** Parameter decorator: name of the tenant that the request acts for. */
export const CurrentTenant = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  return callerOf(context.switchToHttp().getRequest<FastifyRequest>()).tenant;
});

/** Parameter decorator: the caller; only on routes with `@Access`. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  return callerOf(context.switchToHttp().getRequest<FastifyRequest>());
});
