import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { IdempotentRun } from './idempotent.run.js';

/** The run of this write; a handler of an `@Idempotent` route returns `operation.run(…)`. */
export const CurrentOperation = createParamDecorator(
  (_: unknown, context: ExecutionContext): IdempotentRun => {
    const { operationRun } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!operationRun) throw new Error('this route has no @Idempotent, so it has no operation');
    return operationRun;
  },
);
