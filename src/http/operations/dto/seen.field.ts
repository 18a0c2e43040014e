import { ApiProperty } from '@nestjs/swagger';

/** JSON of any shape in a response: what was read from an upstream. */
export function SeenField(options: {
  readonly description: string;
  readonly example: object;
}): PropertyDecorator {
  return ApiProperty({
    ...options,
    oneOf: [
      { type: 'object', additionalProperties: true },
      { type: 'array', items: {} },
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
      { type: 'null' },
    ],
  });
}
