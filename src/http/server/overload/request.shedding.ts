import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomInt } from 'node:crypto';
import type { Metrics } from '../../../telemetry/metrics.js';
import { problemBody } from '../../problems/problem.body.js';
import { ProblemError } from '../../problems/problem.error.js';
import { servedRouteOf } from '../served.route.js';
import type { OverloadWatch } from './overload.watch.js';

/**
 * Overload ends after a second without it, at the earliest. Callers that were refused together come back spread over 3 s,
 * so that they are not the next overload.
 */
const RETRY_AFTER_SECONDS = { min: 1, max: 3 } as const;

const READS = new Set(['GET', 'HEAD']);

/**
 * Refuses requests to the API while the process is overloaded, before their key is checked or their body is read. Health
 * and metrics are for those who have to see it, and Import2 sends a webhook only once. A refusal is neither logged by
 * itself nor sent through Nest: it has to cost less than what it saves.
 */
export class RequestShedding {
  constructor(
    private readonly watch: OverloadWatch,
    private readonly metrics: Metrics,
  ) {}

  /** Whether the request was refused, and nothing is left to do. */
  refuses(request: FastifyRequest, reply: FastifyReply): boolean {
    const { reason } = this.watch;
    if (reason === undefined || !servedRouteOf(request).isOfApi) return false;
    this.metrics.refused(reason);
    refuse(request, reply);
    return true;
  }
}

function refuse(request: FastifyRequest, reply: FastifyReply): void {
  const { min, max } = RETRY_AFTER_SECONDS;
  const retryAfterSeconds = randomInt(min, max + 1);
  const problem = new ProblemError('overloaded', 'The gateway is overloaded; nothing was executed.', {
    retryAfterSeconds,
    ...(!READS.has(request.method) && { outcome: 'not_executed' }),
  });
  void reply
    .code(problem.status)
    .header('retry-after', String(retryAfterSeconds))
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemBody(problem, request.id)));
}
