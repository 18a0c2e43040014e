import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { requestIdOf } from '../../telemetry/request.identity.js';
import { problemBody, problemOfFramework } from '../problems/http.problems.js';
import { ProblemError } from '../problems/problem.error.js';
import { limitRawBodies, takesRawBody } from './raw.body.js';

/** The largest honest body is 1,000 tokens of 512 characters; 1 MiB leaves room for their JSON. */
export const BODY_BYTES_MAX = 1024 * 1024;

/** Longer than any id we accept, so that a long id meets its pipe and gets its own problem. */
const PATH_PARAMETER_CHARS_MAX = 1_024;

/** Headers of a whole request: node's own default, stated so that nobody raises it unseen. */
const HEADER_BYTES_MAX = 16 * 1024;

/** A client that is slower than this in sending its headers or its whole request is cut off. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Longer than common load balancers keep idle connections (60 s), so that they close first and no request is lost. */
const KEEP_ALIVE_MS = 72_000;

/** The HTTP server with every limit explicit. */
export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    http: { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: HEADERS_TIMEOUT_MS },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    clientErrorHandler: refuseRawly,
    frameworkErrors: refuseBadUrl,
  });
}

/** JSON only, strict UTF-8, an empty body counts as none; everything else is 415. Raw bodies are left unparsed. */
export function acceptJsonOnly(server: FastifyInstance): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parse = server.getDefaultJsonParser('error', 'error');
  limitRawBodies(server);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      if (!isPlainUtf8(request)) return done(mediaTypeRefusal());
      if (takesRawBody(request)) return done(null, body);
      if (body.length === 0) return done(null, undefined);
      let text: string;
      try {
        text = decoder.decode(body);
      } catch (cause) {
        return done(new ProblemError('validation-failed', 'The body is not valid UTF-8.', { cause }));
      }
      return parse(request, text, done);
    },
  );
}

function isPlainUtf8({ headers }: FastifyRequest): boolean {
  const charset = /;\s*charset="?([^";\s]+)"?/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  const encoding = headers['content-encoding'] ?? 'identity';
  return /^utf-?8$/i.test(charset) && encoding.toLowerCase() === 'identity';
}

function mediaTypeRefusal(): ProblemError {
  return new ProblemError(
    'unsupported-media-type',
    'Send the body as application/json in UTF-8, not compressed.',
  );
}

/** Answers a path that cannot be decoded; Fastify runs neither hooks nor filters for it. */
function refuseBadUrl(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem =
    problemOfFramework(error) ?? new ProblemError('internal-error', 'The gateway failed.', { cause: error });
  void reply
    .code(problem.status)
    .header('x-request-id', request.id)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemBody(problem, request.id)));
}

/** Answers what is not HTTP at all, before there is a request: as a problem, then the connection closes. */
function refuseRawly(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new ProblemError('payload-too-large', `The headers are larger than ${HEADER_BYTES_MAX / 1024} KiB.`)
      : new ProblemError('validation-failed', 'The request is not valid HTTP.');
  const requestId = requestIdOf(undefined);
  const body = JSON.stringify(problemBody(problem, requestId));
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`,
  );
}
