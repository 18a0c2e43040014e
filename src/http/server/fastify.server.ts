import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { requestIdOf } from '../../telemetry/request.identity.js';
import { problemBody, problemOfFramework } from '../problems/http.problems.js';
import { ProblemError } from '../problems/problem.error.js';
import { isDeeperThan } from './json.depth.js';
import { limitRawBodies, takesRawBody } from './raw.body.js';
import { RawRefusals } from './raw.refusals.js';
import { SECURITY_HEADERS } from './response.headers.js';

/** The largest honest body is 1,000 tokens of 512 characters; 1 MiB leaves room for their JSON. */
export const BODY_BYTES_MAX = 1024 * 1024;

/** The deepest honest body is evidence of a person, free in its form; nobody writes that deep by hand. */
const BODY_DEPTH_MAX = 32;

/** Longer than any id we accept, so that a long id meets its pipe and gets its own problem. */
const PATH_PARAMETER_CHARS_MAX = 1_024;

/** Headers of a whole request: node's own default, stated so that nobody raises it unseen. */
const HEADER_BYTES_MAX = 16 * 1024;

/** How slow a client may be. Milliseconds. */
export interface ServerTimeouts {
  /** From the first byte, or the connection, to the end of the headers. */
  readonly headersMs: number;
  /** From the first byte to the end of the body. */
  readonly requestMs: number;
  /** Between two requests on one connection. */
  readonly idleMs: number;
  /** How often the first two are looked at; a client can be so much slower. */
  readonly checkEveryMs: number;
}

/** The time between two requests is a setting: what it has to be depends on the load balancer. */
export const SERVER_TIMEOUTS: Omit<ServerTimeouts, 'idleMs'> = {
  headersMs: 10_000,
  requestMs: 30_000,
  // Node's own pace is 30 s, which would make 40 s of the 10 s for headers.
  checkEveryMs: 2_000,
};

/** The HTTP server with every limit explicit; tests shorten its timeouts. */
export function createAdapter(timeouts: ServerTimeouts): FastifyAdapter {
  const refusals = new RawRefusals();
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: timeouts.checkEveryMs,
      insecureHTTPParser: false,
      // Refused by refuseAmbiguousRequests, as a problem.
      requireHostHeader: false,
    },
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.idleMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    clientErrorHandler: (error, socket) => refusals.refuse(error, socket, problemOfRaw(error)),
    frameworkErrors: refuseBadUrl,
  });
  refusals.watch(adapter.getInstance().server);
  return adapter;
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
      if (isDeeperThan(body, BODY_DEPTH_MAX)) {
        return done(
          new ProblemError('validation-failed', `The body nests deeper than ${BODY_DEPTH_MAX} levels.`),
        );
      }
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
    .headers(SECURITY_HEADERS)
    .header('x-request-id', request.id)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemBody(problem, request.id)));
}

/** What did not become a request. */
function problemOfRaw({ code }: NodeJS.ErrnoException): ProblemError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ProblemError(
      'payload-too-large',
      `The headers are larger than ${HEADER_BYTES_MAX / 1024} KiB.`,
    );
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ProblemError('request-timeout', 'The request did not arrive in time.');
  }
  return new ProblemError('validation-failed', 'The request is not valid HTTP.');
}
