import type { FastifyReply, FastifyRequest } from 'fastify';
import { performance } from 'node:perf_hooks';
import { CallerHangUp } from '../../telemetry/hang.up.js';
import type { RequestContext } from '../../telemetry/request.context.js';
import { traceIdOf } from '../../telemetry/request.ids.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The object in `requestContext`, for hooks that may run outside of it. */
    gatewayContext: RequestContext;
  }
}

/**
 * Creates the context of a request and returns its id in `X-Request-Id`; the rest of the request has to run in it.
 * @param onUnread called when the client closes the connection while its response is on the way
 */
export function createRequestContext(
  request: FastifyRequest,
  reply: FastifyReply,
  onUnread?: (request: FastifyRequest, reply: FastifyReply) => void,
): RequestContext {
  const traceId = traceIdOf(request.headers.traceparent);
  const hungUp = new CallerHangUp();
  reply.raw.once('close', () => {
    if (reply.raw.writableFinished) return;
    hungUp.abort();
    // With an error, it has ended as every other response.
    if (reply.raw.writableEnded && !reply.raw.errored) onUnread?.(request, reply);
  });
  const context: RequestContext = {
    requestId: request.id,
    upstreamCalls: 0,
    startedAt: performance.now(),
    hungUp,
    ...(traceId ? { traceId } : {}),
  };
  request.gatewayContext = context;
  void reply.header('x-request-id', request.id);
  return context;
}
