import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { requestIdOf } from '../../telemetry/request.ids.js';
import { problemOfFramework } from '../problems/framework.problems.js';
import { problemBody } from '../problems/problem.body.js';
import { ProblemError } from '../problems/problem.error.js';
import { secretFilter } from '../../telemetry/masking/secret.filter.js';
import { parseBodies } from './body/body.parser.js';
import { EarlyResponses } from './refusals/early.responses.js';
import { LingeringClose } from './refusals/lingering.close.js';
import { ClientErrorResponses } from './refusals/client.error.responses.js';
import { SECURITY_HEADERS } from './security.headers.js';

/** The largest valid body is 1,000 tokens of 512 characters; 1 MiB leaves room for their JSON. */
export const BODY_BYTES_MAX = 1024 * 1024;

/** Longer than any accepted id, so that its pipe refuses a long id with a problem of its own. */
const PATH_PARAMETER_CHARS_MAX = 1_024;

/** All headers of a request: Node's default, set explicitly so that it does not depend on the Node version. */
const HEADER_BYTES_MAX = 16 * 1024;

/** How slow a client may be. Milliseconds. */
export interface ServerTimeouts {
  /** From the first byte, or the connection, to the end of the headers. */
  readonly headersMs: number;
  /** From the first byte to the end of the body. */
  readonly requestMs: number;
  /** Between two requests on one connection. */
  readonly idleMs: number;
  /** Interval of the check of the first two, which a client can exceed by as much. */
  readonly checkEveryMs: number;
  /** How long the rest of a request is read and discarded after its response. */
  readonly lingerMs: number;
  /** The same, without a byte received. */
  readonly lingerIdleMs: number;
}

/** The time between two requests is a setting: what it has to be depends on the load balancer. */
export const SERVER_TIMEOUTS: Omit<ServerTimeouts, 'idleMs'> = {
  headersMs: 10_000,
  requestMs: 30_000,
  // Node's default of 30 s would turn the 10 s for headers into 40 s.
  checkEveryMs: 2_000,
  // As long as a valid body may take. A client that has stopped sending has read its response or is gone.
  lingerMs: 30_000,
  lingerIdleMs: 5_000,
};

export interface HttpServer {
  readonly adapter: FastifyAdapter;
  readonly closing: LingeringClose;
  readonly early: EarlyResponses;
}

/** The HTTP server with every limit explicit; tests shorten its timeouts. */
export function createServer(timeouts: ServerTimeouts): HttpServer {
  const closing = new LingeringClose({ totalMs: timeouts.lingerMs, idleMs: timeouts.lingerIdleMs });
  const refusals = new ClientErrorResponses(closing);
  const early = new EarlyResponses(closing);
  const adapter = new FastifyAdapter({
    // Nest's middleware, of which there is none, would be one more hook for each request.
    skipMiddie: true,
    // Their defaults load 110 files.
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
    bodyLimit: BODY_BYTES_MAX,
    // No route and no 404 of Fastify takes a target without a slash, such as `*`: it would pass no hook.
    rewriteUrl: ({ url = '/' }) => (url.startsWith('*') ? `/${url}` : url),
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: timeouts.checkEveryMs,
      insecureHTTPParser: false,
      // Saves a twentieth of a refusal: no stream of an empty body is read to its end.
      optimizeEmptyRequests: true,
      // Refused by refusalOfAmbiguous, as a problem.
      requireHostHeader: false,
    },
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.idleMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    clientErrorHandler: (error, socket) => refusals.refuse(error, socket, problemOfRaw(error)),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      early.settle(request, reply, () => refuseBadUrl(error, request, reply)),
  });
  const server: FastifyInstance = adapter.getInstance();
  refusals.watch(server.server);
  early.watch(server);
  parseBodies(server, (request, reply) => early.requestBody(request, reply));
  return { adapter, closing, early };
}

/** No route has a schema for Fastify: requests are validated by the pipe, and responses are classes. */
function refuseSchema(): never {
  throw new Error('a route has a schema, for which Fastify has no compiler here');
}

/** Refuses a path that cannot be decoded; Fastify runs neither hooks nor filters for it. */
function refuseBadUrl(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem =
    problemOfFramework(error) ?? new ProblemError('internal-error', 'The gateway failed.', { cause: error });
  // The id can come from the caller.
  const requestId = secretFilter.text('answer', request.id);
  void reply
    .code(problem.status)
    .headers(SECURITY_HEADERS)
    .header('x-request-id', requestId)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemBody(problem, requestId)));
}

/** The problem of bytes that could not be parsed as a request. */
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
