import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { ProblemSlug } from './problem.types.js';

/** A slug travels into the OpenAPI document as an extension of its own, so that several decorators add up. */
export const PROBLEM_EXTENSION_PREFIX = 'x-problem-';

/** Documents the problems a route can answer with; several uses on one route add up. */
export function ApiProblems(...slugs: ProblemSlug[]): MethodDecorator & ClassDecorator {
  return applyDecorators(...slugs.map((slug) => ApiExtension(PROBLEM_EXTENSION_PREFIX + slug, true)));
}
