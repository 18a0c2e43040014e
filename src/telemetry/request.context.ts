import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known about the request at hand; one object per request, filled in on the way. */
export interface RequestContext {
  /** Accepted from `X-Request-Id` when sane, made otherwise; never sent to an upstream. */
  readonly requestId: string;
  /** 32 hex digits of `traceparent`, when the caller sent a valid one. */
  readonly traceId?: string;
  caller?: string;
  tenant?: string;
  /** Calls sent to upstreams for this request, token fetches and repeats included. */
  upstreamCalls: number;
  /** Asked on the socket just before the first byte of a call; false: the process may have been frozen. */
  maySend?: () => boolean;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();
