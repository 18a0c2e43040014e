import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { requestIdOf } from '../../telemetry/request.identity.js';
import { problemBody } from '../problems/http.problems.js';
import { ProblemError } from '../problems/problem.error.js';
import type { LingeringClose } from './lingering.close.js';
import { SECURITY_HEADERS } from './response.headers.js';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What Node's parser stumbled over, with the bytes that it had. */
interface ParseError extends Error {
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

/** Whether the request that cannot be parsed is a HEAD, as far as its first line came with it. */
function isOfHead({ rawPacket, bytesParsed = 0 }: ParseError): boolean {
  const text = rawPacket?.toString('latin1') ?? '';
  // What was parsed before it, in the same packet, ended with an empty line.
  const end = text.lastIndexOf('\r\n\r\n', bytesParsed);
  return text.startsWith('HEAD ', end < 0 ? 0 : end + 4);
}

/**
 * Answers what is not HTTP, or comes too slowly, as a problem on the bare connection, which then closes. A refusal
 * waits for the answers to the requests before it: written at once, it would be taken for the answer to the first of
 * them, and a write that is being executed would seem refused.
 */
export class RawRefusals {
  readonly #exchanges = new WeakMap<Duplex, Set<Exchange>>();
  /** Where a HEAD waits for its response, which must have no body: it would be taken for the next response. */
  readonly #heads = new WeakSet<Duplex>();
  readonly #refused = new WeakSet<Duplex>();

  constructor(private readonly closing: LingeringClose) {}

  watch(server: Server): void {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const exchange = { request, response };
      const ofSocket = this.#of(request.socket);
      ofSocket.add(exchange);
      response.once('close', () => ofSocket.delete(exchange));
    });
    // Without a listener Node answers an expectation it does not know with a bare 417; ignoring it is allowed.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    // Before Fastify's own listener, which refuses.
    server.prependListener('clientError', (error: ParseError, socket) => {
      if (isOfHead(error)) this.#heads.add(socket);
    });
    // Without a listener Node closes the connection without a word.
    server.on('connect', (_request, socket: Duplex) =>
      this.#send(
        socket,
        new ProblemError('method-not-allowed', 'This is not a proxy; CONNECT is not served.'),
      ),
    );
  }

  refuse(error: NodeJS.ErrnoException, socket: Duplex, problem: ProblemError): void {
    if (error.code === 'ECONNRESET') return void socket.destroy();
    // A response that ends the connection is on its way; or more came after what was refused before.
    if (this.closing.has(socket) || this.#refused.has(socket)) return undefined;
    this.#refused.add(socket);
    return this.#refuseLast(socket, problem);
  }

  #refuseLast(socket: Duplex, problem: ProblemError): void {
    if (!socket.writable) return void socket.destroy();
    const open = [...this.#of(socket)];
    const complete = open.filter(({ request }) => request.complete);
    if (complete.length === 0) {
      // Half an answer has left: anything that we add would be read as part of it.
      if (open.some(({ response }) => response.headersSent)) return void socket.destroy();
      return this.#send(socket, problem);
    }
    for (const { response } of complete) {
      response.once('close', () => {
        if (complete.every((each) => each.response.closed)) this.#refuseLast(socket, problem);
      });
    }
    return undefined;
  }

  #of(socket: Duplex): Set<Exchange> {
    const known = this.#exchanges.get(socket);
    if (known) return known;
    const made = new Set<Exchange>();
    this.#exchanges.set(socket, made);
    return made;
  }

  #send(socket: Duplex, problem: ProblemError): void {
    const requestId = requestIdOf(undefined);
    const json = JSON.stringify(problemBody(problem, requestId));
    const body = this.#heads.has(socket) ? '' : json;
    const headers = {
      ...SECURITY_HEADERS,
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': Buffer.byteLength(json),
      'x-request-id': requestId,
      Connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.closing.end(socket, `HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${body}`);
  }
}
