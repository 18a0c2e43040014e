/** One invalid field of a request. */
export interface InvalidField {
  /** JSON pointer into the body (`/userId`), or `/path/userId`, `/query/status`, `/headers/…` outside of it. */
  readonly pointer: string;
  readonly detail: string;
}

/** A problem (RFC 9457) of the gateway. */
export interface ProblemBody {
  readonly type: string;
  /** To decide by: one of `ProblemCode`, or a later one. */
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Ends with the request id. */
  readonly instance: string;
  /** Of a write: `not_executed`, `executed`, `unknown`, or a later value, which is as `unknown`. */
  readonly outcome?: string;
  readonly reason?: string;
  /** Path of the operation. */
  readonly operation?: string;
  readonly operationId?: string;
  readonly retryAfterSeconds?: number;
  /** Of `rate-limited`: the policies of `RateLimit-Policy` that are used up. */
  readonly violatedPolicies?: readonly string[];
  readonly errors?: readonly InvalidField[];
}

const MEDIA_TYPE = /^application\/problem\+json\s*(;|$)/i;

/** The problem in a response; undefined where it is none of the gateway's, such as an HTML page of a balancer. */
export function problemIn(headers: Headers, text: string): ProblemBody | undefined {
  if (!MEDIA_TYPE.test(headers.get('content-type') ?? '')) return undefined;
  const body = jsonIn(text) as Partial<ProblemBody> | null | undefined;
  if (typeof body?.code !== 'string' || typeof body.status !== 'number') return undefined;
  const { errors, operationId, ...others } = body as ProblemBody;
  // Other services write problems as well, with `errors` of another form.
  return {
    ...others,
    ...(typeof operationId === 'string' && { operationId }),
    ...(Array.isArray(errors) && { errors: errors.filter(isInvalidField) }),
  };
}

function isInvalidField(field: unknown): boolean {
  return typeof (field as Partial<InvalidField> | null)?.pointer === 'string';
}

/** Whether this is a response of the gateway to a call that succeeded: a whole JSON document. */
export function isResult(headers: Headers, text: string): boolean {
  const type = headers.get('content-type') ?? '';
  return /^application\/json\s*(;|$)/i.test(type) && jsonIn(text) !== undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `Date.parse` takes almost any text with a digit for a date in the past. */
const HTTP_DATE = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .+/i;

/** The time to wait in milliseconds, of seconds or a date; undefined without one, or where it cannot be read. */
export function retryAfterMs(
  headers: Headers,
  problem: ProblemBody | undefined,
  now: number,
): number | undefined {
  const header = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header) * 1_000;
  const seconds = problem?.retryAfterSeconds;
  if (typeof seconds === 'number' && seconds >= 0) return seconds * 1_000;
  const date = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
