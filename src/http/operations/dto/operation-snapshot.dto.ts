import { TimeField, UpstreamTextField } from '../../fields/fields.js';
import type { Snapshot } from '../../../ledger/operation.snapshot.js';
import { SeenField } from './seen.field.js';

/** The subject of the operation, as read before the call. */
export class OperationSnapshotDto {
  @TimeField({ description: 'When it was read.' })
  readonly at: string;

  @UpstreamTextField({ description: 'What was checked.', example: 'GET voucher group 324673248' })
  readonly asked: string;

  @SeenField({
    description: 'State before the call; null if it could not be read.',
    example: { generatedVouchers: 1000, availableVouchers: 874 },
  })
  readonly seen: unknown;

  static from({ at, asked, seen }: Snapshot): OperationSnapshotDto {
    return { at, asked, seen };
  }
}
