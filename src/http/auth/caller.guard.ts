import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { needsTenant } from '../../config/scopes.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import type { CallerShare } from '../../telemetry/request.context.js';
import { ProblemError } from '../problems/problem.error.js';
import { bearerFlawOf, bearerKeyOf } from './bearer.js';
import type { KnownCaller } from './caller.js';
import { CallerDirectory } from './caller.directory.js';
import { FailedAttempts } from './failed.attempts.js';
import { sourceOf } from '../server/client.address.js';
import { RefusedCredential, UNKNOWN_KEY } from './refused.credential.js';
import { type RouteAccess, routeAccess } from './route.access.js';
import { chooseTenant, findTenant } from './tenant.choice.js';

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="tollgate"' };

/** Identifies the caller, checks its scope and chooses the tenant; the first guard of every route. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly directory: CallerDirectory,
    private readonly failedAttempts: FailedAttempts,
    private readonly settings: SettingsSource,
  ) {}

  /** A promise only where a credential needs one: a token, or the count of a failed attempt. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const route = routeAccess.of(context);
    if (route.scope === undefined) return route.isOpen;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const text = bearerKeyOf(request.raw.rawHeaders);
    const found = text === undefined ? UNKNOWN_KEY : this.directory.find(text, request.raw.socket);
    if (found instanceof Promise) return found.then((caller) => this.#enter(request, caller, route));
    return this.#enter(request, found, route);
  }

  #enter(
    request: FastifyRequest,
    caller: KnownCaller | RefusedCredential,
    route: RouteAccess,
  ): boolean | Promise<boolean> {
    if (caller instanceof RefusedCredential) return this.#refuse(request, caller);
    const context = request.gatewayContext;
    context.caller = caller.name;
    context.share = shareOf(caller);
    if (route.scope === undefined || !caller.scopes.has(route.scope)) {
      throw new ProblemError('forbidden', `This caller does not hold the scope ${route.scope}.`);
    }
    const named = headerOf(request, 'tollgate-tenant');
    const tenants = this.#tenantsOf(caller, route, named);
    const [tenant = ''] = tenants;
    if (tenants.length === 1) context.tenant = tenant;
    const { name, scopes, limit, scopeLimits, resources, cache } = caller;
    const namesTenant = named !== undefined;
    request.caller = { name, tenant, tenants, namesTenant, scopes, limit, scopeLimits, resources, cache };
    return true;
  }

  /** None only of a caller without tenants, on a route that needs none. */
  #tenantsOf(
    caller: KnownCaller,
    { isOfAllTenants, scope }: RouteAccess,
    named: string | undefined,
  ): readonly string[] {
    const { tenants, scopes } = caller;
    const needsOne = scope === undefined || needsTenant(scope);
    if (named === undefined && isOfAllTenants && (tenants.length > 0 || !needsOne)) return tenants;
    const seesAll = !needsOne && scopes.has('ops:read-all-tenants');
    if (named !== undefined && seesAll) return [findTenant([...this.settings.current.tenants.keys()], named)];
    return [chooseTenant(caller, named)];
  }

  /** The same problem for an unknown key, an expired one and an invalid token; which one it is has the log. */
  async #refuse(request: FastifyRequest, { reason }: RefusedCredential): Promise<never> {
    const flaw = bearerFlawOf(request.raw.rawHeaders);
    request.gatewayContext.refusal = flaw ?? reason;
    const retryAfterSeconds = await this.failedAttempts.count(sourceOf(request));
    if (retryAfterSeconds !== undefined) {
      throw new ProblemError('rate-limited', 'Too many requests without a valid key.', {
        retryAfterSeconds,
      });
    }
    const detail = `${flaw ?? 'The key is unknown or not valid at this time.'} Send a valid key as Authorization: Bearer <key>.`;
    throw new ProblemError('unauthenticated', detail, { headers: CHALLENGE });
  }
}

/** The callers of an issuer share as one: each new name in a token would otherwise reduce the share of all others. */
function shareOf({ name, issuer, weight }: KnownCaller): CallerShare {
  return { caller: issuer === undefined ? name : `${issuer}:*`, weight };
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
