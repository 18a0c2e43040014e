import type { FastifyRequest } from 'fastify';
import { scheduler } from '../../store/cooperative.scheduler.js';
import { requestContext } from '../../telemetry/request.context.js';

const READS = new Set(['GET', 'HEAD']);

/** Starts a read at once, and the writes of a burst in several turns of the event loop, so that reads are served between. */
export function startPaced(request: FastifyRequest, start: () => void): void {
  if (READS.has(request.method)) return start();
  // Another request may have the turn.
  scheduler.run(() => requestContext.run(request.gatewayContext, start));
}
