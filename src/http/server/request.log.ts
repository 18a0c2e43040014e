import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/** Writes one log line per request: caller, route, status, duration; never a body, key, token or code. */
export function logRequests(server: FastifyInstance, logger: Logger): void {
  server.addHook('onResponse', (request, reply, done) => {
    const { requestId, traceId, caller, tenant, upstreamCalls } = request.gatewayContext;
    logger.info(
      {
        requestId,
        traceId,
        caller,
        tenant,
        method: request.method,
        // The pattern, not the path: a path can contain a voucher code.
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
