import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { CallerResources } from '../../config/settings/access.settings.js';
import {
  MissingError,
  RejectedError,
  type UpstreamError,
} from '../../upstreams/transport/upstream.errors.js';
import { ProblemError } from '../problems/problem.error.js';
import { isRestricted, mayReach, type ResourceNoun } from '../../config/resource.rules.js';
import { type Restriction, restrictionsOf } from './restricted.decorator.js';

/**
 * Enforces `@Restricted` before the handler, so that nothing is recorded or sent for a resource outside the restriction.
 * Throws the same error as the upstream's client for a missing resource, so that the two problems are identical.
 */
@Injectable()
export class RestrictionInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const resources = request.caller?.resources;
    const restrictions = restrictionsOf(context.getHandler());
    if (!resources || restrictions.length === 0) return next.handle();
    const inForce = restrictions.filter(({ noun }) => isRestricted(resources, noun));
    for (const restriction of inForce) checkRequest(restriction, request, resources);
    if (inForce.length === 0) return next.handle();
    return next
      .handle()
      .pipe(
        map((response: unknown) =>
          inForce.reduce((seen, each) => withinReach(each, seen, resources), response),
        ),
      );
  }
}

function checkRequest(
  { noun, place }: Restriction,
  request: FastifyRequest,
  resources: CallerResources,
): void {
  if (place.in === 'new') {
    throw new ProblemError('forbidden', 'This caller is restricted to resources that exist already.');
  }
  const values = valuesOf(place.in, request);
  if (!values || !('name' in place)) return;
  const id = values[place.name];
  // Absent or not a string: optional, or refused by the validation.
  if (typeof id === 'string' && !mayReach(resources, noun, id)) throw missing(noun);
}

function valuesOf(
  where: Restriction['place']['in'],
  request: FastifyRequest,
): Record<string, unknown> | undefined {
  switch (where) {
    case 'path':
      return request.params as Record<string, unknown>;
    case 'query':
      return request.query as Record<string, unknown>;
    case 'body':
      return typeof request.body === 'object' ? (request.body as Record<string, unknown>) : undefined;
    case 'items':
    case 'response':
    case 'new':
      return undefined;
    default:
      return where satisfies never;
  }
}

function withinReach({ noun, place }: Restriction, response: unknown, resources: CallerResources): unknown {
  if (place.in === 'items') {
    const { items, ...rest } = response as { items: readonly Record<string, unknown>[] };
    return { ...rest, items: items.filter((item) => mayReach(resources, noun, item[place.name])) };
  }
  if (
    place.in === 'response' &&
    !mayReach(resources, noun, (response as Record<string, unknown>)[place.name])
  ) {
    throw new MissingError(place.missing, DETAILS);
  }
  return response;
}

const DETAILS = {
  upstream: 'spid',
  operation: 'restriction',
  reason: 'outside the reach of the caller',
} as const;

function missing(noun: ResourceNoun): UpstreamError {
  switch (noun) {
    case 'product':
      return new MissingError('product', DETAILS);
    case 'voucherGroup':
      return new MissingError('voucher-group', DETAILS);
    case 'tokenName':
      return new RejectedError([], DETAILS);
    default:
      return noun satisfies never;
  }
}
