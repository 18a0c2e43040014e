import type { ProblemError } from './problem.error.js';
import { PROBLEMS, type ProblemSlug } from './problem.types.js';

const PAGES = '/docs/problems/';

/** The `type` member: path of the page that describes the problem. */
export function problemTypeOf(slug: ProblemSlug): string {
  return PAGES + slug;
}

/** The body of RFC 9457 for a problem, members without a value left out. */
export function problemBody(problem: ProblemError, requestId: string): Record<string, unknown> {
  const { outcome, reason, operation, retryAfterSeconds, violatedPolicies, errors } = problem.options;
  return {
    type: problemTypeOf(problem.slug),
    code: problem.slug,
    title: PROBLEMS[problem.slug].title,
    status: problem.status,
    detail: problem.detail,
    instance: `urn:tollgate:request:${requestId}`,
    ...(outcome ? { outcome } : {}),
    ...(reason ? { reason } : {}),
    ...(operation ? { operation, operationId: lastSegmentOf(operation) } : {}),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(violatedPolicies ? { violatedPolicies } : {}),
    ...(errors?.length ? { errors } : {}),
  };
}

/** A stored body with the members that it lacks because a version without them stored it. */
export function completedProblem(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null) return stored;
  const { type, operation } = stored as { readonly type?: unknown; readonly operation?: unknown };
  return {
    ...(typeof type === 'string' && type.startsWith(PAGES) ? { code: lastSegmentOf(type) } : {}),
    ...(typeof operation === 'string' ? { operationId: lastSegmentOf(operation) } : {}),
    ...stored,
  };
}

function lastSegmentOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
