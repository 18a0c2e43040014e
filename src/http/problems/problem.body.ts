import type { ProblemError } from './problem.error.js';
import { PROBLEMS, type ProblemSlug } from './problem.types.js';

/** The `type` member: path of the page that describes the problem. */
export function problemTypeOf(slug: ProblemSlug): string {
  return `/docs/problems/${slug}`;
}

/** The body of RFC 9457 for a problem, members without a value left out. */
export function problemBody(problem: ProblemError, requestId: string): Record<string, unknown> {
  const { outcome, reason, operation, retryAfterSeconds, violatedPolicies, errors } = problem.options;
  return {
    type: problemTypeOf(problem.slug),
    title: PROBLEMS[problem.slug].title,
    status: problem.status,
    detail: problem.detail,
    instance: `urn:tollgate:request:${requestId}`,
    ...(outcome ? { outcome } : {}),
    ...(reason ? { reason } : {}),
    ...(operation ? { operation } : {}),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(violatedPolicies ? { violatedPolicies } : {}),
    ...(errors?.length ? { errors } : {}),
  };
}
