import { AsyncLocalStorage } from 'node:async_hooks';

/** State of the current request; one object per request, completed by guards and clients. */
export interface RequestContext {
  /** From a valid `X-Request-Id`, else generated; never sent to an upstream. */
  readonly requestId: string;
  /** The trace id of a valid `traceparent`, 32 hex digits. */
  readonly traceId?: string;
  caller?: string;
  tenant?: string;
  /** Calls sent to upstreams for this request, token fetches and retries included. */
  upstreamCalls: number;
  /** Called by the transport just before the first byte of a call; false when the process may have been frozen. */
  maySend?: () => boolean;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();
