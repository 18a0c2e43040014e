import { EnumField, IdField, QueryCountField, TextField } from '../../fields/fields.js';
import { CursorField } from '../../fields/cursor.field.js';
import { IdPrefixField } from './id-prefix.field.js';
import { QueryTimeField } from '../../fields/query.time.field.js';
import { OPERATION_KINDS, type OperationKind } from '../../../ledger/operation.kind.js';
import { PAGE_SIZE_MAX } from '../../../ledger/queries/operation.queries.js';
import type { Awaits, Decision } from '../../../ledger/operation.types.js';
import { DECISIONS } from './operation-resolution.dto.js';
import { AWAITS, SHOWN_STATES, type ShownState } from '../shown.state.js';

/** Fits one or two screens; programs that read all ask for more. */
const PAGE_SIZE = 50;

export class ListOperationsQueryDto {
  @EnumField({
    description: 'Only operations in this state.',
    name: 'OperationState',
    values: SHOWN_STATES,
    optional: true,
    example: 'unknown',
  })
  readonly state?: ShownState;

  @EnumField({
    description: 'Only operations of this kind.',
    name: 'OperationKind',
    values: OPERATION_KINDS,
    optional: true,
    example: 'voucher_handout',
  })
  readonly kind?: OperationKind;

  @EnumField({
    description: 'Only operations whose unknown outcome waits for this.',
    name: 'OperationAwaits',
    values: AWAITS,
    optional: true,
    example: 'person',
  })
  readonly awaits?: Awaits;

  @EnumField({
    description: 'Only operations whose unknown outcome has this recommendation.',
    name: 'OperationDecision',
    values: DECISIONS,
    optional: true,
    example: 'executed',
  })
  readonly recommendation?: Decision;

  @IdPrefixField({ description: 'Only operations whose id begins with this: a shortened id.' })
  readonly idPrefix?: string;

  @IdField({ description: 'Only operations about this user.', optional: true, example: '938029' })
  readonly userId?: string;

  @IdField({ description: 'Only operations about this voucher group.', optional: true, example: '324673248' })
  readonly voucherGroupId?: string;

  @TextField({
    description: 'Only operations about this user of the destination tool; not case-sensitive.',
    maxLength: 320,
    optional: true,
    example: 'anna@acme.example',
  })
  readonly destinationUsername?: string;

  @QueryTimeField({ description: 'Only operations created at this time or later.' })
  readonly from?: Date;

  @QueryTimeField({ description: 'Only operations created before this time.' })
  readonly to?: Date;

  @QueryCountField({
    description: 'Maximum number of operations in the page.',
    min: 1,
    max: PAGE_SIZE_MAX,
    default: PAGE_SIZE,
    example: PAGE_SIZE,
  })
  readonly limit: number = PAGE_SIZE;

  @CursorField({
    description: '`nextCursor` of the previous page, with the same filters.',
    example: 'AZy48hwrfU6fAFprfI2eDw',
  })
  readonly cursor?: string;
}
