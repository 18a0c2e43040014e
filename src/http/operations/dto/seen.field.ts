import { ANY_JSON, ApiProperty } from '../../api.decorators.js';

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
