import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerModuleOptions, type ThrottlerRequest } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../auth/caller.js';
import { OPEN } from '../auth/access.decorator.js';
import { ProblemError } from '../problems/problem.error.js';
import { rateLimitHeaders } from './rate.limit.headers.js';

/** The throttler of the library, with the limit of each caller. */
export const CALLER_THROTTLER: Exclude<ThrottlerModuleOptions, unknown[]>['throttlers'][number] = {
  name: 'caller',
  limit: (context) => callerOf(requestOf(context)).limit.requests,
  ttl: (context) => callerOf(requestOf(context)).limit.perSeconds * 1_000,
};

/** Limits each caller over all routes and tenants together. Runs after CallerGuard and fails without it. */
@Injectable()
export class CallerThrottlerGuard extends ThrottlerGuard {
  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return (
      this.reflector.getAllAndOverride<true | undefined>(OPEN, [context.getHandler(), context.getClass()]) ??
      false
    );
  }

  protected override async handleRequest(hit: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, throttler } = hit;
    const { name } = callerOf(requestOf(context));
    const record = await this.storageService.increment(name, ttl, limit, ttl, throttler.name ?? 'caller');
    const headers = rateLimitHeaders({
      quota: limit,
      windowSeconds: ttl / 1_000,
      remaining: Math.max(0, limit - record.totalHits),
      secondsToReset: record.timeToExpire,
    });
    void context.switchToHttp().getResponse<FastifyReply>().headers(headers);
    if (!record.isBlocked) return true;
    throw new ProblemError('rate-limited', 'This caller has used up its requests for now.', {
      retryAfterSeconds: record.timeToBlockExpire,
    });
  }
}

function requestOf(context: ExecutionContext): FastifyRequest {
  return context.switchToHttp().getRequest<FastifyRequest>();
}
