import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallerResources } from '../config/settings/access.settings.js';
import type { HangUp } from './hang.up.js';

/** A limit that binds the current request, as `RateLimit-Policy` and `RateLimit` report it. */
export interface BindingPolicy {
  /** `caller`, the name of a group of scopes, or of the upstream. */
  readonly name: string;
  /** Requests per window, or requests at one time where there is no window. */
  readonly quota: number;
  readonly windowSeconds?: number;
  /** What earlier windows can have left in addition. */
  readonly burst?: number;
  /** Requests that are possible now. */
  readonly remaining: number;
  /** Whole seconds, rounded up, until `remaining` grows by itself. */
  readonly secondsToReset?: number;
}

/** The time that a request may take in all. */
export interface RequestDeadline {
  readonly totalMs: number;
  /** On the clock of `performance.now`. */
  readonly endsAt: number;
  /** Of a write: the time of one whole call of its upstream. With less, it is not sent. */
  readonly leastMs?: number;
}

/** How the caller of a request shares the budgets of vendor accounts with others. */
export interface CallerShare {
  /** Name of the caller, or of the issuer of all its callers: a bounded set. */
  readonly caller: string;
  /** Relative to other callers. */
  readonly weight: number;
}

/** State of the current request; one object per request, completed by guards and clients. */
export interface RequestContext {
  /** From a valid `X-Request-Id`, else generated; never sent to an upstream. */
  readonly requestId: string;
  /** The trace id of a valid `traceparent`, 32 hex digits. */
  readonly traceId?: string;
  caller?: string;
  tenant?: string;
  /** Why the credential was refused, for the log only. */
  refusal?: string;
  /** Of the write that the request asks for. */
  kind?: string;
  /** On the clock of `performance.now`: when the request began. */
  readonly startedAt?: number;
  /** Aborted when the client closes the connection before its response. */
  readonly hungUp?: HangUp;
  /** What the caller may reach; set on routes that restrict it. */
  resources?: CallerResources;
  /** Set for requests of callers; calls of the gateway's own have none. */
  share?: CallerShare;
  /** From `Tollgate-Deadline-Ms`. */
  deadline?: RequestDeadline;
  /** Calls sent to upstreams for this request, token fetches and retries included. */
  upstreamCalls: number;
  /** The limits of the caller. */
  callerPolicies?: readonly BindingPolicy[];
  /** The budget of the vendor account that served or refused the last call, where the account has a rate. */
  upstreamPolicy?: BindingPolicy;
  /** Called by the transport just before the first byte of a call; false when the process may have been frozen. */
  maySend?: () => boolean;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();

/**
 * `totalMs` of the caller's deadline where that, and no limit of ours, is what ends a call or a wait.
 * @param endsAt of the call or the wait, on the clock of `performance.now`
 */
export function deadlineMsEndingAt(endsAt: number, context: RequestContext | undefined): number | undefined {
  const deadline = context?.deadline;
  return deadline && deadline.endsAt <= endsAt ? deadline.totalMs : undefined;
}
