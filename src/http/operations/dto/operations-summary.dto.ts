import { EnumField, FlagField, ObjectsField, TimeField, UpstreamCountField } from '../../fields/fields.js';
import { OPERATION_KINDS, type OperationKind } from '../../../ledger/operation.kind.js';
import { COUNTED_MAX, type UnknownCount } from '../../../ledger/queries/operation.summary.js';
import type { Awaits, Decision } from '../../../ledger/operation.types.js';
import { AWAITS } from '../shown.state.js';
import { DECISIONS } from './operation-resolution.dto.js';

/** Operations with an unknown outcome and the same kind, `awaits` and recommendation. */
export class UnknownOperationsDto {
  @EnumField({ description: 'Kind of the write.', name: 'OperationKind', values: OPERATION_KINDS })
  readonly kind: OperationKind;

  @EnumField({ description: 'What they wait for.', name: 'OperationAwaits', values: AWAITS })
  readonly awaits: Awaits;

  @EnumField({
    description: 'The outcome that their evidence suggests; null if it suggests none.',
    name: 'OperationDecision',
    values: DECISIONS,
    nullable: true,
  })
  readonly recommendation: Decision | null;

  @UpstreamCountField({
    description: `Number of operations; of each tenant, at most ${COUNTED_MAX} are counted.`,
    example: 3,
  })
  readonly count: number;

  @FlagField({ description: 'Whether there are more than `count`.', example: false })
  readonly hasMore: boolean;

  @TimeField({ description: 'When the latest attempt of the oldest of them started, of those counted.' })
  readonly oldestSentAt: string;

  static from({ oldestSentAt, ...rest }: UnknownCount): UnknownOperationsDto {
    return { ...rest, oldestSentAt: oldestSentAt.toISOString() };
  }
}

export class OperationsSummaryDto {
  @ObjectsField({ description: 'Empty when no outcome is unknown.', type: () => UnknownOperationsDto })
  readonly items: readonly UnknownOperationsDto[];

  static from(counts: readonly UnknownCount[]): OperationsSummaryDto {
    return { items: counts.map((each) => UnknownOperationsDto.from(each)) };
  }
}
