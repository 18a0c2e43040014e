import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../auth/caller.js';
import { routeAccess } from '../auth/route.access.js';
import { type AdmissionResult, CallerAdmission } from './caller.admission.js';
import type { HeldPlace } from './caller.places.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by CallerThrottlerGuard where the caller has a limit of requests in progress. */
    place?: HeldPlace | undefined;
  }
}

/** The throttler of the library, with the limit of each caller. */
export const CALLER_THROTTLER: Exclude<ThrottlerModuleOptions, unknown[]>['throttlers'][number] = {
  name: 'caller',
  limit: (context) => callerOf(requestOf(context)).limit.requests,
  ttl: (context) => callerOf(requestOf(context)).limit.perSeconds * 1_000,
};

/** Nest takes a boolean from a guard as well, which costs no promise; the library's type allows only a promise. */
type SynchronousGuard = Omit<ThrottlerGuard, 'canActivate'> & CanActivate;

const LibraryGuard = ThrottlerGuard as unknown as new (
  options: ThrottlerModuleOptions,
  storage: ThrottlerStorage,
  reflector: Reflector,
) => SynchronousGuard;

/**
 * Limits each caller over all routes and tenants together, and by groups of scopes. Runs after CallerGuard and fails
 * without it. The library's storage is not used: it counts one limit after the other, each of them in steps of its own;
 * nor are its decorators, which it would read from the metadata of the handler on every request.
 */
@Injectable()
export class CallerThrottlerGuard extends LibraryGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly admission: CallerAdmission,
  ) {
    super(options, storage, reflector);
  }

  /** A promise only where the limits are counted outside of this process. */
  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { scope } = routeAccess.of(context);
    if (scope === undefined) return true;
    const request = requestOf(context);
    const admission = this.admission.admit(callerOf(request), scope);
    if (admission instanceof Promise) return admission.then((each) => settle(each, context));
    return settle(admission, context);
  }
}

function settle({ policies, place, refusal }: AdmissionResult, context: ExecutionContext): true {
  const request = requestOf(context);
  request.gatewayContext.callerPolicies = policies;
  if (refusal) throw refusal;
  if (place) hold(place, request, context.switchToHttp().getResponse<FastifyReply>());
  return true;
}

/** Until the response is ready (see `endAdmission`) and sent. */
function hold(place: HeldPlace, request: FastifyRequest, { raw }: FastifyReply): void {
  request.place = place;
  if (raw.closed) return;
  place.hold();
  raw.once('close', () => place.release());
}

function requestOf(context: ExecutionContext): FastifyRequest {
  return context.switchToHttp().getRequest<FastifyRequest>();
}
