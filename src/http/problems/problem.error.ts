import type { Outcome } from '../../ledger/operation.state.js';
import { PROBLEMS, type ProblemSlug } from './problem.types.js';

/** One refused field of the request. */
export interface FieldProblem {
  /** JSON pointer into the body (`/userId`), or `/path/userId`, `/query/status`, `/headers/…` outside it. */
  readonly pointer: string;
  readonly detail: string;
}

export interface ProblemOptions {
  readonly cause?: unknown;
  readonly outcome?: Outcome;
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
  /** Names of the policies in `RateLimit-Policy` that are used up. */
  readonly violatedPolicies?: readonly string[];
  /** Public reason within the gateway, one of those in `/health/ready`. */
  readonly reason?: string;
  /** Path of the operation, `/v1/operations/{id}`. */
  readonly operation?: string;
  /** It is that of an earlier request, which failed and was logged then. */
  readonly isRepeated?: boolean;
  /** Further response headers, for example `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Nothing failed, so nothing is logged; capturing a stack would be the most expensive step of the response. */
function isRefusal(slug: ProblemSlug): boolean {
  return PROBLEMS[slug].status < 500 || slug === 'overloaded';
}

/** An error that is public. `detail` consists of fixed text and harmless values of the caller's own request. */
export class ProblemError extends Error {
  readonly status: number;
  readonly title: string;

  constructor(
    readonly slug: ProblemSlug,
    readonly detail: string,
    readonly options: ProblemOptions = {},
  ) {
    const { stackTraceLimit } = Error;
    if (isRefusal(slug)) Error.stackTraceLimit = 0;
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'ProblemError';
    this.status = PROBLEMS[slug].status;
    this.title = PROBLEMS[slug].title;
  }

  /** A copy with more options. */
  with(options: ProblemOptions): ProblemError {
    return new ProblemError(this.slug, this.detail, { ...this.options, ...options });
  }
}
