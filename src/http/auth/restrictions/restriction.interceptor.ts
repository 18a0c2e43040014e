import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { CallerResources } from '../../../config/settings/access.settings.js';
import { isRestricted, mayReach } from '../../../config/resource.rules.js';
import { MissingError } from '../../../upstreams/transport/upstream.errors.js';
import { DETAILS } from './missing.resources.js';
import { type Restriction, restrictionsOf } from './restrictions.js';

/** Enforces `@Restricted` on what a response contains. */
@Injectable()
export class RestrictionInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const resources = context.switchToHttp().getRequest<FastifyRequest>().caller?.resources;
    if (!resources) return next.handle();
    const inForce = restrictionsOf(context.getHandler()).filter(({ noun }) => isRestricted(resources, noun));
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
