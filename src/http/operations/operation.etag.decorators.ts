import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, tap } from 'rxjs';
import { ApiHeader, ApiOkResponse } from '../api.decorators.js';
import { documentingParameter } from '../openapi/documenting.parameter.js';
import { ProblemError } from '../problems/problem.error.js';
import { OperationDto } from './dto/operation.dto.js';
import { type ExpectedTags, parseIfMatch, tagOf } from './operation.etag.js';

/** Sets the ETag header of the response. */
@Injectable()
class OperationEtagInterceptor implements NestInterceptor<OperationDto, OperationDto> {
  intercept(context: ExecutionContext, next: CallHandler<OperationDto>): Observable<OperationDto> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(tap((operation) => void reply.header('etag', tagOf(operation))));
  }
}

const EXAMPLE_TAG = '"Jb0tXr6xq0W4w2mGkYQ1xA"';

/** Marks a route that returns an operation with its `ETag`; documents the header. */
export function TaggedOperation(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(OperationEtagInterceptor),
    ApiOkResponse({
      description: '',
      headers: {
        ETag: {
          description: 'Identifies this version of the operation; changes with any member of it.',
          schema: { type: 'string', example: EXAMPLE_TAG },
        },
      },
    }),
  );
}

const documentIfMatch = ApiHeader({
  name: 'If-Match',
  required: false,
  description:
    'Decide only if the operation still has one of these tags, from the `ETag` of an earlier response.',
  schema: { type: 'string', example: EXAMPLE_TAG },
});

/**
 * The parsed `If-Match` header; undefined without one. Also documents it.
 * @throws ProblemError validation-failed if it is malformed
 */
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
  [documentingParameter(documentIfMatch)],
);
