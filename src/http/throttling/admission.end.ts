import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../../telemetry/request.context.js';
import { RATE_LIMIT, RATE_LIMIT_POLICY, rateLimitHeaders } from './rate.limit.headers.js';

/**
 * Once a response is ready, on refusals too: the headers of every policy that binds the request (the upstream's is known
 * only now), and the end of the request's work as far as its place is concerned.
 */
export function endAdmission(request: FastifyRequest, reply: FastifyReply): void {
  const context: RequestContext | undefined = request.gatewayContext;
  const { callerPolicies, upstreamPolicy } = context ?? {};
  if (callerPolicies || upstreamPolicy) {
    const { policy, state } = rateLimitHeaders(callerPolicies ?? [], upstreamPolicy);
    void reply.header(RATE_LIMIT_POLICY, policy).header(RATE_LIMIT, state);
  }
  request.place?.release();
  request.place = undefined;
}
