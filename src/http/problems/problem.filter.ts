import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requestContext } from '../../telemetry/request.context.js';
import { DatabaseUnavailableError } from '../../store/database/database.errors.js';
import { NotAdmittedError } from '../../upstreams/transport/upstream.errors.js';
import { problemBody } from './problem.body.js';
import type { ProblemError } from './problem.error.js';
import { problemOfError } from './problem.of.error.js';

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Renders every error as a problem. A problem with a 5xx status is logged once, with its operation, kind and tenant if it is
 * a write, and its cause, which is not public. Four are not, and have only the line of their request: what the limits of a
 * vendor refuse, since the budget logs when calls stop and go on; what the database refuses in a state that it has logged;
 * what ends because its caller hung up; and what repeats an earlier problem.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = problemOfError(error, isWrite(request));
    if (
      problem.status >= 500 &&
      !isByLimits(problem) &&
      !isByDatabaseState(problem) &&
      !isByHangUp(problem)
    ) {
      this.#log(problem, error);
    }
    if (reply.sent) return;
    const { headers = {}, retryAfterSeconds } = problem.options;
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
    void reply
      .code(problem.status)
      .headers(headers)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problemBody(problem, request.id)));
  }

  #log({ slug, detail, options }: ProblemError, error: unknown): void {
    const { operation, cause, isRepeated } = options;
    const { kind, tenant } = requestContext.getStore() ?? {};
    const facts = {
      problem: slug,
      ...(operation === undefined ? {} : { operation: idOf(operation) }),
      ...(kind === undefined ? {} : { kind, tenant }),
    };
    if (isRepeated) this.#logger.debug(facts, detail);
    // Everything else is a failure of a vendor, of the database or of the network.
    else if (slug === 'internal-error') this.#logger.error({ ...facts, err: error }, detail);
    else this.#logger.error({ ...facts, cause }, detail);
  }
}

function isWrite(request: FastifyRequest): boolean {
  // The pattern of the route: one path can be spelled in many ways.
  return WRITES.has(request.method) && (request.routeOptions.url?.startsWith('/v1/') ?? false);
}

/** Of the path of an operation. */
function idOf(operation: string): string {
  return operation.slice(operation.lastIndexOf('/') + 1);
}

function isByLimits({ slug, options }: ProblemError): boolean {
  return slug === 'upstream-throttled' || options.cause instanceof NotAdmittedError;
}

function isByDatabaseState({ options }: ProblemError): boolean {
  return options.cause instanceof DatabaseUnavailableError && options.cause.isReported;
}

/** A call that is given up with its caller says nothing about the vendor. One that may have had an effect is not given up. */
function isByHangUp({ slug, options }: ProblemError): boolean {
  const isGone = requestContext.getStore()?.hungUp?.aborted === true;
  return isGone && slug === 'upstream-unavailable' && options.outcome !== 'unknown';
}
