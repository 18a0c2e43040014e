import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance } from 'fastify';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

const requestIds = new AsyncLocalStorage<string | undefined>();

/** Whether it is a valid request id or the beginning of one. */
export function isRequestId(id: unknown): id is string {
  return typeof id === 'string' && REQUEST_ID.test(id);
}

/** `X-Request-Id` of the current call, if valid. */
export function currentRequestId(): string | undefined {
  return requestIds.getStore();
}

/** Keeps the request id of each call in async local storage. */
export function trackRequestIds(server: FastifyInstance): void {
  // After the body was read: reading it loses the context.
  server.addHook('preHandler', (request, _reply, done) => {
    const id = request.headers['x-request-id'];
    requestIds.run(isRequestId(id) ? id : undefined, done);
  });
}
