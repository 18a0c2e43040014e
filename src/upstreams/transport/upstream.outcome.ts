import {
  MisconfiguredError,
  NoTrustworthyAnswerError,
  NotSentError,
  ThrottledError,
  UpstreamError,
} from './upstream.errors.js';

/** How a try ended, as a label of the metrics: a word for what operators would look at, not for each refusal. */
export function outcomeOf(error: unknown): string {
  if (error === undefined) return 'success';
  if (error instanceof NoTrustworthyAnswerError) return error.kind;
  if (error instanceof NotSentError) return 'not-sent';
  if (error instanceof ThrottledError) return 'throttled';
  if (error instanceof MisconfiguredError) return 'misconfigured';
  // Everything else that a vendor said no to: what was asked is missing, taken or not valid.
  return error instanceof UpstreamError ? 'refused' : 'other';
}
