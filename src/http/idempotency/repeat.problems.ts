import { ProblemError } from '../problems/problem.error.js';
import type { WritePlan } from './write.plan.js';
import { type BeginResult, type Operation, operationPath } from '../../ledger/operation.types.js';

/** Header of a response that belongs to an earlier request with the same key. */
export const REPLAYED = 'Idempotent-Replayed';

/** `Retry-After` while another write with an unknown outcome blocks this one: evidence or a person has to decide it. */
const OTHER_WRITE_SECONDS = 60;

type NotStarted = Exclude<BeginResult, { kind: 'run' } | { kind: 'replay' }>;

/** The problem of a write that was not started because of an earlier one. */
export function problemOfRepeat(result: NotStarted, plan: WritePlan): ProblemError {
  switch (result.kind) {
    case 'in-progress':
      return stillRuns(
        result.operation,
        'The first request with this key is still running.',
        result.retryAfterSeconds,
      );
    case 'unknown':
      return notKnown(result.operation, 'The first request with this key has no known outcome yet.');
    case 'reused':
      return new ProblemError(
        'idempotency-key-reused',
        'This key belongs to another request of this caller.',
        {
          outcome: 'not_executed',
        },
      );
    case 'busy':
      return problemOfBusy(result, plan);
    default:
      return result satisfies never;
  }
}

/**
 * Another write on the same subject is not finished. The same call of the same caller counts as a repeat, which clients
 * and proxies send by themselves: it gets the response that a repeat with the key gets.
 */
function problemOfBusy(
  { operation, fingerprint, retryAfterSeconds }: Extract<BeginResult, { kind: 'busy' }>,
  { write, mayShow }: WritePlan,
): ProblemError {
  const { tenant, caller, kind, state } = operation;
  const isRepeat =
    tenant === write.tenant &&
    caller === write.caller &&
    kind === write.kind &&
    fingerprint === write.fingerprint;
  if (isRepeat && state === 'unknown') {
    return notKnown(
      operation,
      'The same request was sent before and has no known outcome yet; nothing was sent now.',
    );
  }
  if (isRepeat) {
    return stillRuns(
      operation,
      'The same request is still running; nothing was sent now.',
      retryAfterSeconds,
    );
  }
  const detail =
    'Another write that changes the same user and product, or the same voucher group, has no outcome yet; this one was not sent.';
  return new ProblemError('operation-in-progress', detail, {
    outcome: 'not_executed',
    retryAfterSeconds: state === 'unknown' ? OTHER_WRITE_SECONDS : retryAfterSeconds,
    ...(mayShow(operation) ? { operation: operationPath(operation.id) } : {}),
  });
}

function stillRuns({ id }: Operation, detail: string, retryAfterSeconds: number): ProblemError {
  return new ProblemError('operation-in-progress', detail, {
    outcome: 'unknown',
    operation: operationPath(id),
    retryAfterSeconds,
  });
}

function notKnown({ id }: Operation, detail: string): ProblemError {
  return new ProblemError('outcome-unknown', detail, {
    outcome: 'unknown',
    operation: operationPath(id),
    isRepeated: true,
    headers: { [REPLAYED]: 'true' },
  });
}

/** Of an operation decided by a person, or whose response is encrypted with a removed key: only its outcome is known. */
export function responseLost({ id, state }: Operation): ProblemError {
  const operation = operationPath(id);
  return state === 'failed'
    ? new ProblemError(
        'upstream-rejected',
        'It was refused and not executed; the reason is no longer known.',
        {
          outcome: 'not_executed',
          operation,
        },
      )
    : new ProblemError('answer-lost', 'It was executed, and its response is not known.', {
        outcome: 'executed',
        operation,
      });
}
