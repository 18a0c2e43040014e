import {
  MisconfiguredError,
  NoTrustworthyResponseError,
  NotSentError,
  ThrottledError,
  UpstreamError,
} from './upstream.errors.js';

/** The metric label for the outcome of an attempt: one per cause that operators act on, not one per refusal. */
export function outcomeLabel(error: unknown): string {
  if (error === undefined) return 'success';
  if (error instanceof NoTrustworthyResponseError) return error.kind;
  if (error instanceof NotSentError) return 'not-sent';
  if (error instanceof ThrottledError) return 'throttled';
  if (error instanceof MisconfiguredError) return 'misconfigured';
  // The requested thing is missing, taken or invalid.
  return error instanceof UpstreamError ? 'refused' : 'other';
}
