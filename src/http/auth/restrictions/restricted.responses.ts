import type { CallerResources } from '../../../config/settings/access.settings.js';
import { isRestricted, mayReach } from '../../../config/resource.rules.js';
import { requestContext } from '../../../telemetry/request.context.js';
import { MissingError } from '../../../upstreams/transport/upstream.errors.js';
import { DETAILS } from './missing.resources.js';
import type { Restriction } from './restrictions.js';

type Handler = (...values: unknown[]) => unknown;

/**
 * Enforces `@Restricted` on what the response of a handler contains, in place of an interceptor: with one, Nest runs the handler
 * through rxjs, which takes longer than all guards together.
 */
export function restrictResponse(restrictions: readonly Restriction[]): MethodDecorator {
  return (_target, name, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as Handler;
    descriptor.value = likeHandler(handler, name, async function restricted(this: unknown, ...values) {
      return withinReachOfCaller(restrictions, await handler.apply(this, values));
    });
  };
}

/** What other decorators have declared of the handler, they have declared of its replacement too. */
function likeHandler(handler: Handler, name: string | symbol, replacement: Handler): Handler {
  for (const key of Reflect.getOwnMetadataKeys(handler) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, handler), replacement);
  }
  return Object.defineProperty(replacement, 'name', { value: name });
}

/** @throws Error where RestrictionGuard has not run */
function withinReachOfCaller(restrictions: readonly Restriction[], response: unknown): unknown {
  const resources = requestContext.getStore()?.resources;
  if (!resources) throw new Error('the response is restricted, and the reach of the caller is unknown');
  return restrictions
    .filter(({ noun }) => isRestricted(resources, noun))
    .reduce((seen, each) => withinReach(each, seen, resources), response);
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
