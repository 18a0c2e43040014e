import { TimeField, UpstreamTextField } from '../../fields/fields.js';
import type { Evidence } from '../../../ledger/operation.types.js';
import { SeenField } from './seen.field.js';

/** One piece of evidence about the outcome of an operation. */
export class OperationEvidenceDto {
  @TimeField({ description: 'When it was recorded.' })
  readonly at: string;

  @UpstreamTextField({
    description:
      '`gateway`; `evidence` for a result read back from the upstream; or the name of the caller who decided.',
    example: 'gateway',
  })
  readonly by: string;

  @UpstreamTextField({ description: 'What was checked.', example: 'GET entitlement 42/1337' })
  readonly asked: string;

  @SeenField({ description: 'The result.', example: { shows: 'seen', seen: { granted: true } } })
  readonly seen: unknown;

  static from({ at, by, asked, seen }: Evidence): OperationEvidenceDto {
    return { at, by, asked, seen };
  }
}
