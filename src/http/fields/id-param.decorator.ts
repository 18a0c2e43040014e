import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ApiParam } from '../api.decorators.js';
import { documentingParameter } from '../openapi/documenting.parameter.js';
import { ID_LENGTH_MAX } from './fields.js';
import { validId } from './valid.id.js';

interface IdParamOptions {
  readonly description: string;
  readonly example: string;
  /** Characters; `ID_LENGTH_MAX` without it. */
  readonly maxLength?: number;
}

/**
 * A decorator for the parameter that takes the id `name` from the path: validates and documents it. A pipe would cost
 * five promises for each id of each request.
 */
export function idParam(name: string, options: IdParamOptions): () => ParameterDecorator {
  const { description, example, maxLength = ID_LENGTH_MAX } = options;
  const pattern = '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$';
  const schema = { type: 'string', minLength: 1, maxLength, pattern, example } as const;
  const document = documentingParameter(ApiParam({ name, description, schema }));
  const decorate = createParamDecorator(
    (_: unknown, context: ExecutionContext): string => {
      const { params } = context.switchToHttp().getRequest<FastifyRequest>();
      return validId((params as Record<string, string>)[name] ?? '', { name, maxLength });
    },
    [document],
  );
  return () => decorate();
}
