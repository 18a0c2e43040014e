import { Param } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { documentingParameter } from '../openapi/documenting.parameter.js';
import { ID_LENGTH_MAX } from './fields.js';
import { IdPipe } from './id.pipe.js';

interface IdParamOptions {
  readonly description: string;
  readonly example: string;
  /** Characters; `ID_LENGTH_MAX` without it. */
  readonly maxLength?: number;
}

/** A decorator for the parameter that takes the id `name` from the path: validates and documents it. */
export function idParam(name: string, options: IdParamOptions): () => ParameterDecorator {
  const { description, example, maxLength = ID_LENGTH_MAX } = options;
  const pattern = '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$';
  const schema = { type: 'string', minLength: 1, maxLength, pattern } as const;
  const validate = Param(name, new IdPipe(name, maxLength));
  const document = documentingParameter(ApiParam({ name, description, example, schema }));
  return () => (target, handler, index) => {
    validate(target, handler, index);
    document(target, handler, index);
  };
}
