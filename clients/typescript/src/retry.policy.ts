import type { ProblemBody } from './problem.body.js';

/** Every problem of this version of the API, and whether it passes by itself: the same request may succeed later. */
export const PASSES = {
  'validation-failed': false,
  'idempotency-key-missing': false,
  unauthenticated: false,
  forbidden: false,
  'route-not-found': false,
  'user-not-found': false,
  'product-not-found': false,
  'voucher-group-not-found': false,
  'voucher-not-found': false,
  'migration-not-found': false,
  'operation-not-found': false,
  'method-not-allowed': false,
  'request-timeout': true,
  'voucher-unavailable': false,
  'operation-in-progress': true,
  'operation-already-decided': false,
  'migration-taken': false,
  'probe-refused': false,
  'answer-lost': false,
  'operation-changed': false,
  'payload-too-large': false,
  'unsupported-media-type': false,
  'idempotency-key-reused': false,
  'upstream-rejected': false,
  'rate-limited': true,
  'internal-error': true,
  'upstream-misconfigured': false,
  'upstream-garbled': true,
  'upstream-unavailable': true,
  'upstream-throttled': true,
  overloaded: true,
  'ledger-unavailable': true,
  'outcome-unknown': false,
} as const satisfies Record<string, boolean>;

/** Names of the problems of this version of the API. */
export type ProblemCode = keyof typeof PASSES;

/** What protects a call from being executed twice: it is a read, it has a key, or nothing does. */
export type Protection = 'read' | 'key' | 'none';

/** How an attempt failed. */
export type Failure =
  | {
      readonly kind: 'problem';
      readonly problem: ProblemBody;
      readonly status: number;
      readonly headers: Headers;
    }
  /** A response that is none of the gateway's: a page of a balancer, a body that was cut. */
  | { readonly kind: 'foreign'; readonly status: number; readonly headers: Headers }
  /** No response. `wasSent: false` only where not one byte can have reached the gateway. */
  | { readonly kind: 'lost'; readonly error: unknown; readonly wasSent: boolean };

/** Of a write without a key: what proves that nothing was begun. */
const REFUSED_EARLY = new Set(['rate-limited', 'overloaded', 'upstream-throttled', 'upstream-unavailable']);

/** Whether the same request, a write with the same key, may be sent again. */
export function mayRepeat(failure: Failure, protection: Protection): boolean {
  switch (failure.kind) {
    case 'lost':
      return protection !== 'none' || !failure.wasSent;
    case 'foreign':
      return protection === 'none' ? failure.status === 429 : isPassing(failure.status);
    case 'problem':
      return mayRepeatProblem(failure.problem, protection);
    default:
      return failure satisfies never;
  }
}

function mayRepeatProblem(problem: ProblemBody, protection: Protection): boolean {
  const { code, outcome } = problem;
  if (protection === 'none') return REFUSED_EARLY.has(code);
  if (protection === 'key' && isOpen(outcome) && code !== 'operation-in-progress') return false;
  return Object.hasOwn(PASSES, code) ? PASSES[code as ProblemCode] : isPassing(problem.status);
}

/** Whether a write with this outcome may have taken effect, or has. A value that is not known is as `unknown`. */
export function isOpen(outcome: string | undefined): boolean {
  return outcome !== undefined && outcome !== 'not_executed';
}

/** A success that cannot be read is repeated as well: a key returns the same response. */
function isPassing(status: number): boolean {
  return status < 300 || status === 408 || status === 429 || status >= 500;
}

/** The first pause is a random part of this; each further one of twice as much, up to `PAUSE_MS_MAX`. */
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 60_000;

/** A kept connection that the other side has closed meanwhile: another one works at once. */
const CLOSED_SOCKET = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

export interface Pause {
  readonly failure: Failure;
  /** Attempts so far. */
  readonly attempts: number;
  /** `Retry-After` in milliseconds: the minimum. */
  readonly retryAfterMs: number | undefined;
  /** Until the deadline. */
  readonly leftMs: number;
  /** From 0 to 1. */
  readonly random: number;
}

/** Milliseconds before the next attempt: full jitter, or what the gateway asks for and a random part of it. */
export function pauseMs({ failure, attempts, retryAfterMs, leftMs, random }: Pause): number {
  const backoffMs = Math.min(PAUSE_MS * 2 ** (attempts - 1), PAUSE_MS_MAX);
  if (retryAfterMs !== undefined) {
    // The random part never takes the time that the next attempt needs.
    const spreadMs = Math.min(Math.max(retryAfterMs, backoffMs), (leftMs - retryAfterMs) / 2);
    return retryAfterMs + random * Math.max(spreadMs, 0);
  }
  if (attempts === 1 && failure.kind === 'lost' && CLOSED_SOCKET.has(codeOf(failure.error))) return 0;
  return random * backoffMs;
}

/** Refused, not resolved or not connected in time: no byte was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Whether a request that failed with `error` may have reached the gateway. */
export function mayHaveBeenSent(error: unknown): boolean {
  return !NOT_SENT.has(codeOf(error));
}

/** The code of the innermost cause that has one: `fetch` wraps what the socket reports. */
function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown };
  return (cause === undefined ? '' : codeOf(cause)) || (typeof code === 'string' ? code : '');
}
