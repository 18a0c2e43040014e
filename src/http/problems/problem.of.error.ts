import { DatabaseUnavailableError } from '../../store/database/database.errors.js';
import { requestContext } from '../../telemetry/request.context.js';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import { problemOfFramework } from './framework.problems.js';
import { ledgerProblemOptions, problemOfLedger } from './ledger.problems.js';
import { ProblemError } from './problem.error.js';
import type { Outcome } from '../../ledger/operation.state.js';
import { problemOfUpstream } from './upstream.problems.js';

/** The problem of any error. The only translation: the filter and the idempotency layer both use it. */
export function problemOfError(error: unknown, isWrite: boolean): ProblemError {
  if (error instanceof UpstreamError) return problemOfUpstream(error, isWrite);
  const known = error instanceof ProblemError ? error : (problemOfLedger(error) ?? problemOfFramework(error));
  if (known) return isWrite ? withOutcome(known) : known;
  if (error instanceof DatabaseUnavailableError) {
    return new ProblemError(
      'ledger-unavailable',
      'The database of the gateway cannot be used at the moment.',
      {
        ...ledgerProblemOptions(error),
        ...(isWrite ? { outcome: error.mayHaveCommitted ? 'unknown' : outcomeSoFar() } : {}),
      },
    );
  }
  return new ProblemError('internal-error', 'The gateway failed; its log has the cause.', {
    cause: error,
    ...(isWrite ? { outcome: outcomeSoFar() } : {}),
  });
}

/** Of a write whose error has no outcome: it may have been executed once a call was sent. */
function outcomeSoFar(): Outcome {
  return (requestContext.getStore()?.upstreamCalls ?? 0) > 0 ? 'unknown' : 'not_executed';
}

function withOutcome(problem: ProblemError): ProblemError {
  if (problem.options.outcome) return problem;
  if (problem.slug === 'route-not-found' || problem.slug === 'method-not-allowed') return problem;
  return problem.with({ outcome: outcomeSoFar() });
}
