import type { FastifyInstance } from 'fastify';
import type { Readiness } from '../health/readiness.js';

/**
 * Every answer given while draining closes its connection: closing the server waits for connections, and one that is
 * kept alive would hold the process until its grace is over.
 */
export function closeConnectionsWhenDraining(server: FastifyInstance, readiness: Readiness): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.isDraining) void reply.header('connection', 'close');
    done(null, payload);
  });
}
