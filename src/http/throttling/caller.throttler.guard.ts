import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Scope } from '../../config/scopes.js';
import { ACCESS, OPEN } from '../auth/access.decorator.js';
import { callerOf } from '../auth/caller.js';
import { CallerAdmission } from './caller.admission.js';
import { HeldPlace } from './caller.places.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by CallerThrottlerGuard. */
    place?: HeldPlace | undefined;
  }
}

/** The throttler of the library, with the limit of each caller. */
export const CALLER_THROTTLER: Exclude<ThrottlerModuleOptions, unknown[]>['throttlers'][number] = {
  name: 'caller',
  limit: (context) => callerOf(requestOf(context)).limit.requests,
  ttl: (context) => callerOf(requestOf(context)).limit.perSeconds * 1_000,
};

/**
 * Limits each caller over all routes and tenants together, and by groups of scopes. Runs after CallerGuard and fails
 * without it. The library's storage is not used: it counts one limit after the other, each of them in steps of its own.
 */
@Injectable()
export class CallerThrottlerGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly admission: CallerAdmission,
  ) {
    super(options, storage, reflector);
  }

  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return (
      this.reflector.getAllAndOverride<true | undefined>(OPEN, [context.getHandler(), context.getClass()]) ??
      false
    );
  }

  protected override async handleRequest({ context }: ThrottlerRequest): Promise<boolean> {
    const request = requestOf(context);
    const scope = this.reflector.get<Scope>(ACCESS, context.getHandler());
    const { policies, admitted } = await this.admission.admit(callerOf(request), scope);
    request.gatewayContext.callerPolicies = policies;
    if (!(admitted instanceof HeldPlace)) throw admitted;
    hold(admitted, request, context.switchToHttp().getResponse<FastifyReply>());
    return true;
  }
}

/** Until the response is ready (see `reportRateLimits`) and sent. */
function hold(place: HeldPlace, request: FastifyRequest, { raw }: FastifyReply): void {
  request.place = place;
  if (raw.closed) return;
  place.hold();
  raw.once('close', () => place.release());
}

function requestOf(context: ExecutionContext): FastifyRequest {
  return context.switchToHttp().getRequest<FastifyRequest>();
}
