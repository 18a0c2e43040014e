import { CountField } from '../../fields/fields.js';

/** The answer that is kept for the operation's key. Only its status: the body belongs to the holder of the key. */
export class OperationAnswerDto {
  @CountField({
    description: 'HTTP status that a repeat with the same key returns.',
    min: 200,
    max: 599,
    example: 201,
  })
  readonly status: number;
}
