import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance } from 'fastify';

const SANE_ID = /^[\w.:-]{1,128}$/;

const calling = new AsyncLocalStorage<string | undefined>();

/** Whether this could be a request id, or its beginning. */
export function isSaneRequestId(id: unknown): id is string {
  return typeof id === 'string' && SANE_ID.test(id);
}

/** `X-Request-Id` of the call at hand, when it has a sane one. */
export function callingRequest(): string | undefined {
  return calling.getStore();
}

/** Keeps the request id of each call while it is worked on. */
export function rememberCallingRequests(server: FastifyInstance): void {
  // Once the body is read: what reads it loses the context.
  server.addHook('preHandler', (request, _reply, done) => {
    const id = request.headers['x-request-id'];
    calling.run(isSaneRequestId(id) ? id : undefined, done);
  });
}
