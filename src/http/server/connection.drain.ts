import type { FastifyReply } from 'fastify';

/**
 * Each response sent while draining closes its connection: the server waits for open connections when it closes, and one
 * that is kept alive would hold the process until its grace period ends.
 */
export function closeConnectionWhenDraining(
  readiness: { readonly isDraining: boolean },
  reply: FastifyReply,
): void {
  if (readiness.isDraining) void reply.header('connection', 'close');
}
