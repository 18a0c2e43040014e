import { TimeField, UpstreamTextField } from '../../fields/fields.js';
import type { Evidence } from '../operation.types.js';
import { SeenField } from './seen.field.js';

/** Something seen that tells what became of an operation. */
export class OperationEvidenceDto {
  @TimeField({ description: 'When it was seen.' })
  readonly at: string;

  @UpstreamTextField({
    description: '`gateway`, `evidence` for what was read back, or the caller who decided.',
    example: 'gateway',
  })
  readonly by: string;

  @UpstreamTextField({ description: 'What was asked.', example: 'GET entitlement 42/1337' })
  readonly asked: string;

  @SeenField({ description: 'What was seen.', example: { shows: 'seen', seen: { granted: true } } })
  readonly seen: unknown;

  static from({ at, by, asked, seen }: Evidence): OperationEvidenceDto {
    return { at, by, asked, seen };
  }
}
