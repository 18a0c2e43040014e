import { pause, type Surroundings } from './call.clock.js';
import {
  AbortedError,
  ConnectionError,
  type FailedCall,
  OutcomeUnknownError,
  RetryLaterError,
  TollgateError,
} from './tollgate.errors.js';

/** What is read of an operation. */
export interface OperationState {
  readonly id: string;
  readonly outcome: string | null;
  readonly awaits: string | null;
}

export interface PollSubject {
  readonly operationId: string;
  /** Of the write, for the error. */
  readonly idempotencyKey: string | undefined;
}

export interface PollOptions {
  /** Of the whole wait, in milliseconds. */
  readonly deadlineMs: number;
  /** Before the first poll, in milliseconds; each further pause is twice as long, up to a minute. */
  readonly pollMs: number;
  readonly signal: AbortSignal | undefined;
}

const PAUSE_MS_MAX = 60_000;

/** A person decides in hours. */
const PERSON_MS = 3_600_000;

/**
 * Polls an operation until it was executed or was not.
 * @param read gets the milliseconds until the deadline
 * @throws OutcomeUnknownError when the deadline ends before or the operation cannot be read, and AbortedError
 */
export async function pollOutcome<T extends OperationState>(
  subject: PollSubject,
  read: (leftMs: number) => Promise<T>,
  { deadlineMs, pollMs, signal }: PollOptions,
  surroundings: Surroundings,
): Promise<T> {
  const endsAt = surroundings.now() + deadlineMs;
  let latest: T | undefined;
  for (let ms = pollMs; ; ms = Math.min(ms * 2, PAUSE_MS_MAX)) {
    const pauseMs = latest?.awaits === 'person' ? PERSON_MS : ms;
    if (surroundings.now() + pauseMs >= endsAt) throw notInTime(subject, latest);
    await pause(pauseMs, signal, surroundings);
    if (signal?.aborted) throw aborted(subject, signal);
    const leftMs = endsAt - surroundings.now();
    // A timer can be late.
    if (leftMs < 1) throw notInTime(subject, latest);
    const current = await read(leftMs).catch((error: unknown) => {
      if (signal?.aborted) throw aborted(subject, signal);
      return unlessItPasses(subject, error);
    });
    latest = current ?? latest;
    if (latest && isFinal(latest)) return latest;
  }
}

/** A value of later versions is as `unknown`. */
function isFinal({ outcome }: OperationState): boolean {
  return outcome === 'executed' || outcome === 'not_executed';
}

/** The refusal of a read shows nothing about the write. */
function unlessItPasses(subject: PollSubject, error: unknown): undefined {
  if (error instanceof RetryLaterError || error instanceof ConnectionError) return undefined;
  if (!(error instanceof TollgateError)) throw error;
  const message = `operation ${subject.operationId} cannot be read: ${error.code}`;
  throw new OutcomeUnknownError(message, { ...failed(subject), cause: error });
}

function aborted(subject: PollSubject, { reason }: AbortSignal): AbortedError {
  return new AbortedError('the wait was aborted', { ...failed(subject), cause: reason as unknown });
}

function notInTime(subject: PollSubject, latest: OperationState | undefined): OutcomeUnknownError {
  const operation = `operation ${subject.operationId}`;
  const message =
    latest?.awaits === 'person'
      ? `the operators have to decide ${operation}`
      : `${operation} has no outcome yet`;
  return new OutcomeUnknownError(message, failed(subject));
}

function failed(subject: PollSubject): FailedCall {
  return { call: 'waitForOutcome', requestIds: [], outcome: 'unknown', ...subject };
}
