import { CountField } from '../../fields/fields.js';

/** The response stored for the key of the operation. Only its status: the body is for the holder of the key. */
export class OperationAnswerDto {
  @CountField({
    description: 'HTTP status that a repeat with the same key returns.',
    min: 200,
    max: 599,
    example: 201,
  })
  readonly status: number;
}
