import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, tap } from 'rxjs';
import { ProblemError } from '../problems/problem.error.js';
import { OperationDto } from './dto/operation.dto.js';
import { type ExpectedTags, parseIfMatch, tagOf } from './operation.tag.js';

/** Sends the tag of the operation that a route answers. */
@Injectable()
class OperationTagInterceptor implements NestInterceptor<OperationDto, OperationDto> {
  intercept(context: ExecutionContext, next: CallHandler<OperationDto>): Observable<OperationDto> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(tap((operation) => void reply.header('etag', tagOf(operation))));
  }
}

/** A route that answers an operation with its `ETag`; documents both. */
export function AnswersOperation(description: string): MethodDecorator {
  return applyDecorators(
    UseInterceptors(OperationTagInterceptor),
    ApiOkResponse({
      description,
      type: OperationDto,
      headers: {
        ETag: {
          description: 'Names this version of the operation; changes with anything in it.',
          schema: { type: 'string', example: '"Jb0tXr6xq0W4w2mGkYQ1xA"' },
        },
      },
    }),
  );
}

/** The `If-Match` header, read; undefined without one. @throws ProblemError validation-failed when it is malformed */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext): ExpectedTags | undefined => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
    if (header === undefined) return undefined;
    const expected = parseIfMatch(header);
    if (expected) return expected;
    throw new ProblemError('validation-failed', 'The If-Match header is malformed.', {
      errors: [
        { pointer: '/headers/If-Match', detail: 'must be * or a list of entity tags in double quotes' },
      ],
    });
  },
);
