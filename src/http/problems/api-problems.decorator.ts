import { ApiExtension } from '@nestjs/swagger';
import type { ProblemSlug } from './problem.types.js';

const PROBLEMS_OF_ROUTE = Symbol('tollgate:problems');

/** Extension under which a route's slugs travel into the OpenAPI document, where they become responses. */
export const PROBLEMS_EXTENSION = 'x-problems';

/** Documents the problems a route can answer with; several uses on one route add up. */
export function ApiProblems(...slugs: ProblemSlug[]): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const handler = descriptor.value as object;
    const earlier = (Reflect.getMetadata(PROBLEMS_OF_ROUTE, handler) ?? []) as ProblemSlug[];
    const all = [...new Set([...earlier, ...slugs])].toSorted();
    Reflect.defineMetadata(PROBLEMS_OF_ROUTE, all, handler);
    ApiExtension(PROBLEMS_EXTENSION, all)(target, key, descriptor);
  };
}
