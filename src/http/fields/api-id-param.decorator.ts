import { ApiParam } from '@nestjs/swagger';
import { ID_LENGTH_MAX } from './fields.js';

/** Documents an id in the path that an IdPipe of `ID_LENGTH_MAX` checks. */
export function ApiIdParam(
  name: string,
  description: string,
  example: string,
): MethodDecorator & ClassDecorator {
  const pattern = '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$';
  const schema = { type: 'string', minLength: 1, maxLength: ID_LENGTH_MAX, pattern } as const;
  return ApiParam({ name, description, example, schema });
}
