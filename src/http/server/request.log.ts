import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../../telemetry/request.context.js';
import type { RequestLines } from '../../telemetry/request.lines.js';
import { servedRouteOf } from './served.route.js';

/** Writes one log line per request: caller, route, status, duration; never a body, key, token or code. */
export function logRequest(
  lines: RequestLines,
  request: FastifyRequest,
  reply: FastifyReply,
  reason?: string,
): void {
  // Absent when the request was refused before any step of ours.
  const context: RequestContext | undefined = request.gatewayContext;
  lines.write({
    requestId: request.id,
    traceId: context?.traceId,
    caller: context?.caller,
    tenant: context?.tenant,
    method: request.method,
    // The pattern, not the path: a path can contain a voucher code.
    route: servedRouteOf(request).pattern ?? null,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
    upstreamCalls: context?.upstreamCalls ?? 0,
    reason: reason ?? context?.refusal,
  });
}
