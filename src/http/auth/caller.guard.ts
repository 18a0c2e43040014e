import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '../../config/scopes.js';
import { type CallerShare, requestContext } from '../../telemetry/request.context.js';
import { ProblemError } from '../problems/problem.error.js';
import { ACCESS, ALL_TENANTS, OPEN } from './access.decorator.js';
import { bearerKeyOf } from './bearer.js';
import type { KnownCaller } from './caller.js';
import { CallerDirectory } from './caller.directory.js';
import { FailedAttempts } from './failed.attempts.js';
import { sourceOf } from '../server/client.address.js';
import { chooseTenant } from './tenant.choice.js';

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="tollgate"' };

/** Identifies the caller, checks its scope and chooses the tenant; the first guard of every route. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly directory: CallerDirectory,
    private readonly failedAttempts: FailedAttempts,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const scope = this.reflector.get<Scope | undefined>(ACCESS, context.getHandler());
    if (scope === undefined) return this.#isOpen(context);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = (await this.#callerOf(request)) ?? (await this.#refuse(request));
    const store = requestContext.getStore();
    if (store) {
      store.caller = caller.name;
      store.share = shareOf(caller);
    }
    if (!caller.scopes.has(scope)) {
      throw new ProblemError('forbidden', `This caller does not hold the scope ${scope}.`);
    }
    const tenants = this.#tenantsOf(caller, context, headerOf(request, 'tollgate-tenant'));
    const [tenant] = tenants;
    if (store && tenants.length === 1) store.tenant = tenant;
    const { name, scopes, limit, scopeLimits, resources, cache } = caller;
    request.caller = { name, tenant, tenants, scopes, limit, scopeLimits, resources, cache };
    return true;
  }

  #tenantsOf(
    caller: KnownCaller,
    context: ExecutionContext,
    named: string | undefined,
  ): readonly [string, ...string[]] {
    const mayReadAll = this.reflector.get<boolean | undefined>(ALL_TENANTS, context.getHandler()) ?? false;
    const [first, ...others] = caller.tenants;
    if (mayReadAll && named === undefined && first !== undefined) return [first, ...others];
    return [chooseTenant(caller, named)];
  }

  async #callerOf(request: FastifyRequest): Promise<KnownCaller | undefined> {
    const text = bearerKeyOf(request.raw.rawHeaders);
    return text === undefined ? undefined : this.directory.find(text);
  }

  /** The same problem for no key, an unknown or expired key and an invalid token. */
  async #refuse(request: FastifyRequest): Promise<never> {
    const retryAfterSeconds = await this.failedAttempts.count(sourceOf(request));
    if (retryAfterSeconds !== undefined) {
      throw new ProblemError('rate-limited', 'Too many requests without a valid key.', {
        retryAfterSeconds,
      });
    }
    throw new ProblemError('unauthenticated', 'Send a valid key as Authorization: Bearer <key>.', {
      headers: CHALLENGE,
    });
  }

  /** A route with neither decorator is refused at start; if one gets here, access is denied. */
  #isOpen(context: ExecutionContext): boolean {
    return (
      this.reflector.getAllAndOverride<true | undefined>(OPEN, [context.getHandler(), context.getClass()]) ??
      false
    );
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
