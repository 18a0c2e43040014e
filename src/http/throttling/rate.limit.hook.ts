import type { FastifyInstance } from 'fastify';
import type { RequestContext } from '../../telemetry/request.context.js';
import { rateLimitHeaders } from './rate.limit.headers.js';

/**
 * Once a response is ready, on refusals too: the headers of every policy that binds the request (the upstream's is known
 * only now), and the end of the request's work as far as its place is concerned.
 */
export function reportRateLimits(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const context: RequestContext | undefined = request.gatewayContext;
    const { callerPolicies = [], upstreamPolicy } = context ?? {};
    void reply.headers(
      rateLimitHeaders(upstreamPolicy ? [...callerPolicies, upstreamPolicy] : callerPolicies),
    );
    request.place?.release();
    request.place = undefined;
    done(null, payload);
  });
}
