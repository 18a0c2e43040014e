import { parseJsonBody } from '../transport/response/json.body.js';
import { UnreadableError } from '../transport/response/unreadable.error.js';
import type { UpstreamResponse } from '../transport/upstream.call.js';
import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  RejectedError,
  ThrottledError,
  type UpstreamErrorDetails,
} from '../transport/upstream.errors.js';
import { refusedFields } from './import2.refusal.js';

/** The vendor documents no Retry-After and counts per second (Import2 E1). */
const RETRY_AFTER_SECONDS = 1;

/** The call that a response belongs to. */
export interface Import2Call {
  readonly operation: string;
  /** Whether the path names one migration: a 404 then means that it is missing, otherwise that our base URL is wrong. */
  readonly ofMigration: boolean;
}

/**
 * Reads the JSON of a 2xx response with `read`.
 * @throws UpstreamError for any other response (Import2 E1, E2)
 */
export function readResponse<T>(
  call: Import2Call,
  response: UpstreamResponse,
  read: (body: unknown) => T,
): T {
  refuse(call, response);
  try {
    return read(parseJsonBody(response.body));
  } catch (cause) {
    throw garbled(call, response, cause);
  }
}

/** Checks a 2xx response without content: accept and reject return an empty body, which is not JSON (Import2 E2). */
export function readEmpty(call: Import2Call, response: UpstreamResponse): void {
  refuse(call, response);
  if (response.body.toString('utf8').trim() === '') return;
  try {
    parseJsonBody(response.body);
  } catch (cause) {
    throw garbled(call, response, cause);
  }
}

/** Throws for every status but 2xx. 400, 401, 404, 422 and 429 mean that nothing was executed. */
function refuse(call: Import2Call, response: UpstreamResponse): void {
  const { status, retryAfterMs } = response;
  if (status >= 200 && status <= 299) return;
  const details = detailsOf(call, `status ${status}`);
  if (status >= 500) throw new NoTrustworthyResponseError('server-error', { ...details, status });
  switch (status) {
    case 400:
      throw new RejectedError([], details);
    case 401:
    case 403:
      throw new MisconfiguredError({ ...details, refused: 'the vendor refuses the API token' });
    case 404:
      throw call.ofMigration
        ? new MissingError('migration', details)
        : new MisconfiguredError({ ...details, refused: 'the vendor has no such path: check baseUrl' });
    case 422:
      throw rejection(call, response);
    case 429:
      throw new ThrottledError(
        Math.max(RETRY_AFTER_SECONDS, Math.ceil((retryAfterMs ?? 0) / 1_000)),
        details,
      );
    default:
      throw new NoTrustworthyResponseError('garbled', details);
  }
}

function rejection(
  call: Import2Call,
  response: UpstreamResponse,
): RejectedError | NoTrustworthyResponseError {
  try {
    const fields = refusedFields(parseJsonBody(response.body));
    if (fields) return new RejectedError(fields, detailsOf(call, 'status 422'));
    return garbled(call, response, new UnreadableError('refusal: no error named'));
  } catch (cause) {
    return garbled(call, response, cause);
  }
}

function garbled(
  call: Import2Call,
  { status }: UpstreamResponse,
  cause: unknown,
): NoTrustworthyResponseError {
  const place = cause instanceof UnreadableError ? cause.message : 'unreadable';
  // Only our own error becomes the cause: others may quote the body in their message.
  return new NoTrustworthyResponseError('garbled', {
    ...detailsOf(call, `status ${status}, ${place}`),
    cause: cause instanceof UnreadableError ? cause : undefined,
  });
}

function detailsOf({ operation }: Import2Call, reason: string): UpstreamErrorDetails {
  return { upstream: 'import2', operation, reason };
}
