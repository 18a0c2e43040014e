import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { LingeringClose } from './lingering.close.js';

/** For the rest of a body that is nearly there: two packets of one request are a round trip apart at most. */
const WAIT_MS = 250;

/** A larger rest is not worth waiting for; a new connection costs less. */
const WAIT_BYTES_MAX = 64 * 1024;

/**
 * Responses that are ready before their request has come to its end, refusals above all: they reach the client, and
 * the connection is closed unless the rest is small and comes at once. Clients that wait for `100 Continue` get it when
 * their body is wanted, and a refused one is never asked for.
 */
export class EarlyResponses {
  /** Their clients wait for our word before they send the body. */
  readonly #expecting = new WeakSet<IncomingMessage>();

  constructor(private readonly closing: LingeringClose) {}

  /** Call it before routes and other hooks are registered. */
  watch(server: FastifyInstance): void {
    const http: Server = server.server;
    http.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      this.#expecting.add(request);
      http.emit('request', request, response);
    });
    // Never run: no one would learn its outcome.
    server.addHook('onRequest', (request, reply, done) => {
      if (this.closing.has(request.raw.socket)) void reply.hijack();
      else done();
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      this.settle(request, reply, () => done(null, payload));
    });
    server.addHook('preClose', (done) => {
      this.closing.hurry();
      done();
    });
  }

  /** The body is wanted. */
  ask({ raw }: FastifyRequest, reply: FastifyReply): void {
    if (this.#expecting.delete(raw)) reply.raw.writeContinue();
  }

  /** Takes the rest of the request, or has the connection closed after the response; then the response may go. */
  settle({ raw }: FastifyRequest, reply: FastifyReply, respond: () => void): void {
    if (isComplete(raw)) return respond();
    const close = (): void => {
      this.closing.arrange(raw.socket);
      void reply.header('connection', 'close');
    };
    const isWorthIt = !this.#expecting.has(raw) && restOf(raw) <= WAIT_BYTES_MAX;
    if (isWorthIt && !this.closing.has(raw.socket)) return takeRest(raw, close, respond);
    close();
    return respond();
  }
}

/** A request without a body is complete when its headers are, a moment before Node says so. */
function isComplete({ complete, headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return (
    complete || (headers['transfer-encoding'] === undefined && (length === undefined || /^0+$/.test(length)))
  );
}

/** In bytes; 0 when it is not announced. */
function restOf({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0);
}

/** Reads and drops a small rest. When it does not come in time, or is not small, `close` is called at that moment. */
function takeRest(request: IncomingMessage, close: () => void, respond: () => void): void {
  let room = WAIT_BYTES_MAX;
  const finish = (): void => {
    clearTimeout(timer);
    request.off('data', count).off('end', finish).off('close', finish);
    if (!request.complete) close();
    respond();
  };
  const count = (chunk: Buffer): void => {
    room -= chunk.length;
    if (room < 0) finish();
  };
  const timer = setTimeout(finish, WAIT_MS);
  request.on('data', count).once('end', finish).once('close', finish);
  request.resume();
}
