import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OperationLedger } from '../../ledger/operation.ledger.js';
import { ProblemError } from '../problems/problem.error.js';
import { IDEMPOTENCY_KEY_LENGTH_MAX, parseIdempotencyKey } from './idempotency.key.js';
import { HandlerFacts } from '../server/handler.facts.js';
import { IDEMPOTENT, type IdempotentOptions } from './idempotent.decorator.js';
import { IdempotentRun } from './idempotent.run.js';
import { WritePlanner } from './write.planner.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by IdempotencyKeyGuard on writes with a key. */
    idempotencyKey?: string;
    /** Set by IdempotencyKeyGuard on every route with `@Idempotent`. */
    operationRun?: IdempotentRun;
  }
}

const idempotency = new HandlerFacts(
  (handler) => Reflect.getMetadata(IDEMPOTENT, handler) as IdempotentOptions | undefined,
);

/**
 * Refuses a write without its key before the rest of the request is validated. Creates the run of the write, which the
 * handler starts once the pipes have validated the request.
 */
@Injectable()
export class IdempotencyKeyGuard implements CanActivate {
  constructor(
    private readonly ledger: OperationLedger,
    private readonly planner: WritePlanner,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const options = idempotency.of(context);
    if (!options) return true;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = keyOf(request, options);
    if (key !== undefined) request.idempotencyKey = key;
    const plan = () => this.planner.plan(request, options.write);
    request.operationRun = new IdempotentRun(this.ledger, plan, http.getResponse<FastifyReply>());
    return true;
  }
}

function keyOf({ headers }: FastifyRequest, options: IdempotentOptions): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) {
    if (options.key === 'optional') return undefined;
    throw refusal('This write needs an Idempotency-Key header.', 'is missing');
  }
  const key = typeof header === 'string' ? parseIdempotencyKey(header) : undefined;
  if (key !== undefined) return key;
  const detail = `must be 1 to ${IDEMPOTENCY_KEY_LENGTH_MAX} visible ASCII characters, bare or in double quotes`;
  throw refusal('The Idempotency-Key header is malformed.', detail);
}

function refusal(text: string, detail: string): ProblemError {
  return new ProblemError('idempotency-key-missing', text, {
    errors: [{ pointer: '/headers/Idempotency-Key', detail }],
  });
}
