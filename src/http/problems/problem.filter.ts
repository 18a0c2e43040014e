import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requestContext } from '../../telemetry/request.context.js';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import { problemBody, problemOfFramework } from './http.problems.js';
import { ProblemError } from './problem.error.js';
import { problemOf } from './upstream.problems.js';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Renders every error as a problem, and logs once what the caller is not told. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.render(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** For errors that Nest never sees: bad URLs, refused content types. */
  render(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = this.#problemOf(error, isWrite(request));
    if (problem.status >= 500) this.#logger.error({ problem: problem.slug, err: error }, problem.detail);
    if (reply.sent) return;
    const { headers = {}, retryAfterSeconds } = problem.options;
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
    void reply
      .code(problem.status)
      .headers(headers)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problemBody(problem, request.id)));
  }

  #problemOf(error: unknown, write: boolean): ProblemError {
    if (error instanceof UpstreamError) return problemOf(error, write);
    const known = error instanceof ProblemError ? error : problemOfFramework(error);
    if (known) return write ? withOutcome(known) : known;
    const calls = requestContext.getStore()?.upstreamCalls ?? 0;
    return new ProblemError('internal-error', 'The gateway failed; its operators see why.', {
      cause: error,
      ...(write ? { outcome: calls > 0 ? 'unknown' : 'not_executed' } : {}),
    });
  }
}

/** A refusal that names no outcome happened before anything was sent. */
function withOutcome(problem: ProblemError): ProblemError {
  if (problem.options.outcome || problem.slug === 'route-not-found' || problem.slug === 'method-not-allowed')
    return problem;
  return new ProblemError(problem.slug, problem.detail, { ...problem.options, outcome: 'not_executed' });
}

function isWrite(request: FastifyRequest): boolean {
  return WRITES.has(request.method) && request.url.startsWith('/v1/');
}
