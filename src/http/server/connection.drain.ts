import type { FastifyInstance } from 'fastify';

/**
 * Each response sent while draining closes its connection: the server waits for open connections when it closes, and one
 * that is kept alive would hold the process until its grace period ends.
 */
export function closeConnectionsWhenDraining(
  server: FastifyInstance,
  readiness: { readonly isDraining: boolean },
): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.isDraining) void reply.header('connection', 'close');
    done(null, payload);
  });
}
