import { ApiProperty } from '../../api.decorators.js';
import { ANY_JSON } from '../../openapi/openapi.named.js';

/** JSON of any shape in a response: what was read from an upstream. */
export function SeenField(options: {
  readonly description: string;
  readonly example: object;
}): PropertyDecorator {
  return ApiProperty({
    ...options,
    ...ANY_JSON,
  });
}
