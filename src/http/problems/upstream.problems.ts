import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  NotAdmittedError,
  NotSentError,
  RejectedError,
  ThrottledError,
  UpstreamError,
  VoucherUnavailableError,
  type MissingThing,
} from '../../upstreams/transport/upstream.errors.js';
import { ProblemError, type ProblemOptions } from './problem.error.js';
import type { Outcome } from '../../ledger/operation.state.js';
import type { ProblemSlug } from './problem.types.js';

const MISSING: Record<MissingThing, { slug: ProblemSlug; detail: string }> = {
  user: { slug: 'user-not-found', detail: 'There is no such user for this tenant.' },
  product: { slug: 'product-not-found', detail: 'There is no such product for this tenant.' },
  'voucher-group': {
    slug: 'voucher-group-not-found',
    detail: 'There is no such voucher group for this tenant.',
  },
  voucher: { slug: 'voucher-not-found', detail: 'There is no such voucher for this tenant.' },
  migration: {
    slug: 'migration-not-found',
    detail: 'There is no such migration for this tenant, or it was cancelled or archived.',
  },
};

const THROTTLED = 'The upstream accepts no more calls for now; nothing was executed.';

/** The problem of a failed upstream call. The only place that maps upstream errors to public problems. */
export function problemOfUpstream(error: UpstreamError, isWrite: boolean): ProblemError {
  const options = { cause: error, ...outcomeIfWrite(isWrite, 'not_executed') };
  if (error instanceof NoTrustworthyResponseError) return untrusted(error, isWrite);
  if (error instanceof NotAdmittedError) return notAdmitted(error, options);
  if (error instanceof NotSentError) {
    return new ProblemError('upstream-unavailable', `${notSentDetail(error)}; nothing was sent.`, options);
  }
  if (error instanceof ThrottledError) {
    const { retryAfterSeconds } = error;
    return new ProblemError('upstream-throttled', THROTTLED, { ...options, retryAfterSeconds });
  }
  if (error instanceof MissingError) {
    return new ProblemError(MISSING[error.missing].slug, MISSING[error.missing].detail, options);
  }
  if (error instanceof VoucherUnavailableError) {
    return new ProblemError('voucher-unavailable', 'The group has not enough free vouchers left.', options);
  }
  if (error instanceof RejectedError) {
    return new ProblemError('upstream-rejected', 'The upstream refused the content of the request.', {
      ...options,
      errors: error.fields,
    });
  }
  if (error instanceof MisconfiguredError) {
    const detail = 'The gateway is not configured for this call; its operators have to act.';
    return new ProblemError('upstream-misconfigured', detail, options);
  }
  return new ProblemError('internal-error', 'The gateway could not handle an upstream failure.', {
    cause: error,
    ...outcomeIfWrite(isWrite, 'unknown'),
  });
}

/** Without a cause it was our own decision. With a failed call as its cause, that was the one for the credential. */
function notSentDetail({ deadlineMs, cause }: NotSentError): string {
  if (deadlineMs !== undefined) {
    return `Your deadline of ${deadlineMs} ms ended before the upstream could be called`;
  }
  if (cause === undefined) return 'The upstream could not be called in time';
  if (!(cause instanceof NoTrustworthyResponseError)) return 'The upstream could not be reached';
  const detail =
    cause.kind === 'garbled' ? 'The response of the upstream cannot be trusted' : noResponseDetail(cause);
  return `${detail} when the gateway signed in`;
}

function noResponseDetail({ deadlineMs, status }: NoTrustworthyResponseError): string {
  if (deadlineMs !== undefined)
    return `Your deadline of ${deadlineMs} ms ended before the upstream responded`;
  if (status !== undefined) return `The upstream failed (status ${status})`;
  return 'The upstream did not send a whole response in time';
}

function notAdmitted(
  { refusal, retryAfterSeconds }: NotAdmittedError,
  options: ProblemOptions,
): ProblemError {
  const timed = { ...options, retryAfterSeconds };
  switch (refusal) {
    case 'throttled':
    case 'no-retries':
      return new ProblemError('upstream-throttled', THROTTLED, timed);
    case 'no-time':
    case 'queue-full':
      return new ProblemError(
        'upstream-throttled',
        'The limit of the upstream leaves no room for this request in time; nothing was executed.',
        timed,
      );
    case 'breaker-open':
      return new ProblemError(
        'upstream-unavailable',
        'The upstream has failed repeatedly and is called again when it works; nothing was sent.',
        timed,
      );
    case 'cancelled':
      return new ProblemError('upstream-unavailable', 'The request was given up; nothing was sent.', timed);
    default:
      return refusal satisfies never;
  }
}

function untrusted(error: NoTrustworthyResponseError, isWrite: boolean): ProblemError {
  if (isWrite) {
    const detail =
      'The call was sent and no trustworthy response was received. It may or may not have been executed.';
    return new ProblemError('outcome-unknown', detail, { cause: error, outcome: 'unknown' });
  }
  if (error.kind === 'lost' || error.kind === 'server-error') {
    return new ProblemError('upstream-unavailable', `${noResponseDetail(error)}.`, { cause: error });
  }
  return new ProblemError('upstream-garbled', 'The response of the upstream cannot be trusted.', {
    cause: error,
  });
}

function outcomeIfWrite(isWrite: boolean, outcome: Outcome): { outcome?: Outcome } {
  return isWrite ? { outcome } : {};
}
