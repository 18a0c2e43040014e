import { isShallow } from '../transport/json.depth.js';
import type { UpstreamAnswer } from '../transport/upstream.channel.js';
import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyAnswerError,
  RejectedError,
  ThrottledError,
  type UpstreamErrorDetails,
} from '../transport/upstream.errors.js';
import { refusedFields } from './import2.refusal.js';
import { UnreadableError } from './import2.wire.js';

/** The vendor sends no Retry-After (Import2 E1) and counts per second: the next second is a new one. */
const RETRY_AFTER_SECONDS = 1;

/** Which call the answer belongs to. */
export interface AnsweredCall {
  readonly operation: string;
  /** The path names one migration: then a 404 is about it, otherwise about our base URL. */
  readonly ofMigration: boolean;
}

/** The JSON of a 2xx answer as `read` understands it, or the error that the answer stands for (Import2 E1, E2). */
export function readAnswer<T>(call: AnsweredCall, answer: UpstreamAnswer, read: (body: unknown) => T): T {
  refuse(call, answer);
  try {
    return read(jsonOf(answer.body));
  } catch (cause) {
    throw garbled(call, answer, cause);
  }
}

/** A 2xx answer that has nothing to say: accept and reject answer an empty body, which is not JSON (Import2 E2). */
export function readEmpty(call: AnsweredCall, answer: UpstreamAnswer): void {
  refuse(call, answer);
  if (answer.body.toString('utf8').trim() === '') return;
  try {
    jsonOf(answer.body);
  } catch (cause) {
    throw garbled(call, answer, cause);
  }
}

/** Lets a 2xx pass and throws for everything else. 400, 401, 404, 422 and 429 mean that nothing was executed. */
function refuse(call: AnsweredCall, answer: UpstreamAnswer): void {
  const { status } = answer;
  if (status >= 200 && status <= 299) return;
  const details = detailsOf(call, `status ${status}`);
  if (status >= 500) throw new NoTrustworthyAnswerError('server-error', details);
  switch (status) {
    case 400:
      throw new RejectedError([], details);
    case 401:
    case 403:
      throw new MisconfiguredError(details);
    case 404:
      throw call.ofMigration ? new MissingError('migration', details) : new MisconfiguredError(details);
    case 422:
      throw rejection(call, answer);
    case 429:
      throw new ThrottledError(RETRY_AFTER_SECONDS, details);
    default:
      throw new NoTrustworthyAnswerError('garbled', details);
  }
}

function rejection(call: AnsweredCall, answer: UpstreamAnswer): RejectedError | NoTrustworthyAnswerError {
  try {
    const fields = refusedFields(jsonOf(answer.body));
    if (fields) return new RejectedError(fields, detailsOf(call, 'status 422'));
    return garbled(call, answer, new UnreadableError('refusal: no fault named'));
  } catch (cause) {
    return garbled(call, answer, cause);
  }
}

function garbled(call: AnsweredCall, { status }: UpstreamAnswer, cause: unknown): NoTrustworthyAnswerError {
  const place = cause instanceof UnreadableError ? cause.message : 'not JSON';
  // The cause stays behind unless it is ours: JSON.parse quotes the body in its message.
  return new NoTrustworthyAnswerError('garbled', {
    ...detailsOf(call, `status ${status}, ${place}`),
    cause: cause instanceof UnreadableError ? cause : undefined,
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function jsonOf(body: Buffer): unknown {
  const text = utf8.decode(body);
  if (!isShallow(text)) throw new UnreadableError('JSON: too deep');
  return JSON.parse(text);
}

function detailsOf({ operation }: AnsweredCall, reason: string): UpstreamErrorDetails {
  return { upstream: 'import2', operation, reason };
}
