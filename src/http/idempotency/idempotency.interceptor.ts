import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { IDEMPOTENT, type IdempotentOptions } from './idempotent.decorator.js';
import { OperationLedger } from '../../ledger/operation.ledger.js';
import { WritePlanner } from './write.planner.js';
import { IdempotentRun } from './idempotent.run.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by IdempotencyInterceptor on every route with `@Idempotent`. */
    operationRun?: IdempotentRun;
  }
}

/** Creates the run of every `@Idempotent` route. The handler starts it, after the pipes have validated the request. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly ledger: OperationLedger,
    private readonly planner: WritePlanner,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const options = this.reflector.get<IdempotentOptions | undefined>(IDEMPOTENT, context.getHandler());
    if (options) {
      const http = context.switchToHttp();
      const request = http.getRequest<FastifyRequest>();
      const plan = () => this.planner.plan(request, options.write);
      request.operationRun = new IdempotentRun(this.ledger, plan, http.getResponse<FastifyReply>());
    }
    return next.handle();
  }
}

/** The run of this write; a handler of an `@Idempotent` route returns `operation.run(…)`. */
export const CurrentOperation = createParamDecorator(
  (_: unknown, context: ExecutionContext): IdempotentRun => {
    const { operationRun } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!operationRun) throw new Error('this route has no @Idempotent, so it has no operation');
    return operationRun;
  },
);
