import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { requestIdOf } from '../../telemetry/request.identity.js';
import { problemBody } from '../problems/http.problems.js';
import { ProblemError } from '../problems/problem.error.js';
import { SECURITY_HEADERS } from './response.headers.js';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Answers what is not HTTP, or comes too slowly, as a problem on the bare connection, which then closes. A refusal
 * waits for the answers to the requests before it: written at once, it would be taken for the answer to the first of
 * them, and a write that is being executed would seem refused.
 */
export class RawRefusals {
  readonly #exchanges = new WeakMap<Duplex, Set<Exchange>>();

  watch(server: Server): void {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const exchange = { request, response };
      const ofSocket = this.#of(request.socket);
      ofSocket.add(exchange);
      response.once('close', () => ofSocket.delete(exchange));
    });
    // Without a listener Node answers an expectation it does not know with a bare 417; ignoring it is allowed.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    // Without a listener Node closes the connection without a word.
    server.on('connect', (_request, socket: Duplex) =>
      this.#send(
        socket,
        new ProblemError('method-not-allowed', 'This is not a proxy; CONNECT is not served.'),
      ),
    );
  }

  refuse(error: NodeJS.ErrnoException, socket: Duplex, problem: ProblemError): void {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const open = [...this.#of(socket)];
    const complete = open.filter(({ request }) => request.complete);
    if (complete.length === 0) {
      // Half an answer has left: anything that we add would be read as part of it.
      if (open.some(({ response }) => response.headersSent)) return void socket.destroy();
      return this.#send(socket, problem);
    }
    for (const { response } of complete) {
      response.once('close', () => {
        if (complete.every((each) => each.response.closed)) this.refuse(error, socket, problem);
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
    const body = JSON.stringify(problemBody(problem, requestId));
    const headers = {
      ...SECURITY_HEADERS,
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-request-id': requestId,
      Connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${body}`);
  }
}
