import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { requestContext, type RequestContext } from '../../telemetry/request.context.js';
import { traceIdOf } from '../../telemetry/request.identity.js';

declare module 'fastify' {
  interface FastifyRequest {
    gatewayContext: RequestContext;
  }
}

/** Gives every request its context and its one log line: who, what, how long; never a body, key, token or code. */
export function logRequests(server: FastifyInstance, logger: Logger): void {
  server.decorateRequest('gatewayContext');
  server.addHook('onRequest', (request, reply, done) => {
    const traceId = traceIdOf(request.headers.traceparent);
    const context: RequestContext = {
      requestId: request.id,
      upstreamCalls: 0,
      ...(traceId ? { traceId } : {}),
    };
    request.gatewayContext = context;
    void reply.header('x-request-id', request.id);
    requestContext.run(context, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { requestId, traceId, caller, tenant, upstreamCalls } = request.gatewayContext;
    logger.info(
      {
        requestId,
        traceId,
        caller,
        tenant,
        method: request.method,
        // The pattern, not the path: a path can hold a voucher code.
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        upstreamCalls,
      },
      'request',
    );
    done();
  });
}
