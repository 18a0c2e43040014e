import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { LingeringClose } from './lingering.close.js';

/** To wait for the rest of a body that is nearly complete: packets of one request are at most a round trip apart. */
const WAIT_MS = 250;

/** For a larger rest, a new connection costs less than waiting. */
const WAIT_BYTES_MAX = 64 * 1024;

/**
 * Sends responses that are ready before their request is complete, mostly refusals, and closes the connection unless the
 * rest of the request is small and arrives at once. Sends `100 Continue` only for a body that is going to be read.
 */
export class EarlyResponses {
  /** Requests with `Expect: 100-continue` whose body has not been requested. */
  readonly #expecting = new WeakSet<IncomingMessage>();

  constructor(private readonly closing: LingeringClose) {}

  /** Call it before routes and other hooks are registered. */
  watch(server: FastifyInstance): void {
    const http: Server = server.server;
    http.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      this.#expecting.add(request);
      http.emit('request', request, response);
    });
    server.addHook('preClose', (done) => {
      this.closing.hurry();
      done();
    });
  }

  /** Whether the request must not run: its outcome could not be returned on this connection. */
  drops(request: FastifyRequest, reply: FastifyReply): boolean {
    if (!this.closing.has(request.raw.socket)) return false;
    void reply.hijack();
    return true;
  }

  /** Sends `100 Continue` when the client waits for it. */
  requestBody({ raw }: FastifyRequest, reply: FastifyReply): void {
    if (this.#expecting.delete(raw)) reply.raw.writeContinue();
  }

  /** Reads the rest of the request or arranges the end of the connection, then calls `respond`. */
  settle({ raw }: FastifyRequest, reply: FastifyReply, respond: () => void): void {
    if (isComplete(raw)) return respond();
    const close = (): void => {
      this.closing.arrange(raw.socket);
      void reply.header('connection', 'close');
    };
    const isWorthWaiting = !this.#expecting.has(raw) && restOf(raw) <= WAIT_BYTES_MAX;
    if (isWorthWaiting && !this.closing.has(raw.socket)) return takeRest(raw, close, respond);
    close();
    return respond();
  }
}

/** A request without a body is complete with its headers, slightly before Node sets `complete`. */
function isComplete({ complete, headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return (
    complete || (headers['transfer-encoding'] === undefined && (length === undefined || /^0+$/.test(length)))
  );
}

/** Announced length in bytes; 0 when unknown. */
function restOf({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0);
}

/** Reads and discards a small rest. Calls `close` when it is too large or does not arrive in time, then `respond`. */
function takeRest(request: IncomingMessage, close: () => void, respond: () => void): void {
  let bytesLeft = WAIT_BYTES_MAX;
  const finish = (): void => {
    clearTimeout(timer);
    request.off('data', count).off('end', finish).off('close', finish);
    if (!request.complete) close();
    respond();
  };
  const count = (chunk: Buffer): void => {
    bytesLeft -= chunk.length;
    if (bytesLeft < 0) finish();
  };
  const timer = setTimeout(finish, WAIT_MS);
  request.on('data', count).once('end', finish).once('close', finish);
  request.resume();
}
