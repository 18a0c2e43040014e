import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { requestIdOf } from '../../../telemetry/request.ids.js';
import { problemBody } from '../../problems/problem.body.js';
import { ProblemError } from '../../problems/problem.error.js';
import type { LingeringClose } from './lingering.close.js';
import { SECURITY_HEADERS } from '../security.headers.js';

/** A request on a connection and its response. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** An error of Node's HTTP parser, with the packet that it was parsing. */
interface ParseError extends Error {
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

/** Whether the request that cannot be parsed is a HEAD, as far as the packet contains its first line. */
function isOfHead({ rawPacket, bytesParsed = 0 }: ParseError): boolean {
  const text = rawPacket?.toString('latin1') ?? '';
  // A request parsed before it, in the same packet, ended with an empty line.
  const end = text.lastIndexOf('\r\n\r\n', bytesParsed);
  return text.startsWith('HEAD ', end < 0 ? 0 : end + 4);
}

/**
 * Sends a problem for bytes that are not HTTP or arrive too slowly (Node's `clientError`), and closes the connection. The
 * problem waits for the responses to earlier requests: sent before, it would be read as the response to the first of
 * them, and a write in progress would seem refused.
 */
export class ClientErrorResponses {
  readonly #exchanges = new WeakMap<Duplex, Set<Exchange>>();
  /** Connections whose refused request is a HEAD: its response has no body, which would be read as the next response. */
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
    // Without a listener Node refuses an unknown `Expect` with an empty 417; ignoring it is allowed.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    // Before Fastify's listener, which calls `refuse`.
    server.prependListener('clientError', (error: ParseError, socket) => {
      if (isOfHead(error)) this.#heads.add(socket);
    });
    // Without a listener Node closes the connection without a response.
    server.on('connect', (_request, socket: Duplex) =>
      this.#send(
        socket,
        new ProblemError('method-not-allowed', 'This is not a proxy; CONNECT is not served.'),
      ),
    );
  }

  refuse(error: NodeJS.ErrnoException, socket: Duplex, problem: ProblemError): void {
    if (error.code === 'ECONNRESET') return void socket.destroy();
    // A response that ends the connection is being sent, or more bytes followed a refused request.
    if (this.closing.has(socket) || this.#refused.has(socket)) return undefined;
    this.#refused.add(socket);
    return this.#refuseLast(socket, problem);
  }

  #refuseLast(socket: Duplex, problem: ProblemError): void {
    if (!socket.writable) return void socket.destroy();
    const open = [...this.#of(socket)];
    const complete = open.filter(({ request }) => request.complete);
    if (complete.length === 0) {
      // Part of a response was sent: a problem would be read as its continuation.
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
