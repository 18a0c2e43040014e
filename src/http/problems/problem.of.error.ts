import { requestContext } from '../../telemetry/request.context.js';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import { problemOfFramework } from './http.problems.js';
import { ProblemError } from './problem.error.js';
import { problemOf } from './upstream.problems.js';

/** What the caller is told of any error; the one translation, used by the filter and by the ledger. */
export function problemOfError(error: unknown, isWrite: boolean): ProblemError {
  if (error instanceof UpstreamError) return problemOf(error, isWrite);
  const known = error instanceof ProblemError ? error : problemOfFramework(error);
  // Whether a write left before it happened is all that can be said of what names no outcome.
  const left = (requestContext.getStore()?.upstreamCalls ?? 0) > 0;
  if (known) return isWrite ? withOutcome(known, left) : known;
  return new ProblemError('internal-error', 'The gateway failed; its operators see why.', {
    cause: error,
    ...(isWrite ? { outcome: left ? 'unknown' : 'not_executed' } : {}),
  });
}

function withOutcome(problem: ProblemError, left: boolean): ProblemError {
  if (problem.options.outcome) return problem;
  if (problem.slug === 'route-not-found' || problem.slug === 'method-not-allowed') return problem;
  return problem.with({ outcome: left ? 'unknown' : 'not_executed' });
}
