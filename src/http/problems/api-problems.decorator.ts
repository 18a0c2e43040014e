import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '../api.decorators.js';
import type { ProblemSlug } from './problem.types.js';

/** One extension for each slug, because decorators that set the same extension would replace each other. */
export const PROBLEM_EXTENSION_PREFIX = 'x-problem-';

/** Documents problems that a route can return; several uses on one route add up. */
export function ApiProblems(...slugs: ProblemSlug[]): MethodDecorator & ClassDecorator {
  return applyDecorators(...slugs.map((slug) => ApiExtension(PROBLEM_EXTENSION_PREFIX + slug, true)));
}
