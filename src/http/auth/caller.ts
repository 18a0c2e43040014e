import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CallerLimit, CallerResources, CallerSettings } from '../../config/settings.js';
import type { Scope } from '../../config/scopes.js';

/** A caller, whether the settings name it or an issuer vouches for it. */
export type KnownCaller = Pick<CallerSettings, 'name' | 'tenants' | 'scopes' | 'limit' | 'resources'>;

/** Who is asking, for which tenant. */
export interface Caller {
  readonly name: string;
  /** The one tenant this request acts for; on a route about all of them, the first one. */
  readonly tenant: string;
  /** The tenants this request may read about: several only on a route about all of the caller's. */
  readonly tenants: readonly string[];
  readonly scopes: ReadonlySet<Scope>;
  readonly limit: CallerLimit;
  readonly resources: CallerResources;
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

/** Name of the tenant the request acts for. */
export const CurrentTenant = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  return callerOf(context.switchToHttp().getRequest<FastifyRequest>()).tenant;
});

/** Who is asking; only on routes with `@Access`. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  return callerOf(context.switchToHttp().getRequest<FastifyRequest>());
});
