import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../../telemetry/metrics.js';
import { servedRouteOf } from './served.route.js';

/** Methods of our routes; all others share one label, because Node's parser accepts dozens more. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Measures a request after its response. Requests without a route share one series. */
export function measureRequest(metrics: Metrics, request: FastifyRequest, reply: FastifyReply): void {
  metrics.served({
    method: METHODS.has(request.method) ? request.method : 'other',
    route: servedRouteOf(request).pattern ?? 'none',
    status: reply.statusCode,
    seconds: reply.elapsedTime / 1_000,
  });
}
