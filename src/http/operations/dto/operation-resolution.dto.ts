import { EnumField, TimeField, UpstreamTextField } from '../../fields/fields.js';
import type { Decision, Resolution } from '../../../ledger/operation.types.js';

export const DECISIONS = ['executed', 'not_executed'] as const satisfies readonly Decision[];

const BASES = ['person', 'evidence', 'already_so'] as const satisfies readonly Resolution['basis'][];

/** How the outcome of an operation was decided without a response of the upstream. */
export class OperationResolutionDto {
  @EnumField({ description: 'The decided outcome.', name: 'OperationDecision', values: DECISIONS })
  readonly decision: Decision;

  @EnumField({
    description:
      '`person`: a caller decided. `evidence`: the gateway read it back from the upstream. `already_so`: the ' +
      'requested state existed before, and nothing was sent.',
    name: 'OperationDecisionBasis',
    values: BASES,
  })
  readonly basis: Resolution['basis'];

  @UpstreamTextField({
    description: 'The caller who decided; `evidence` or `gateway` if it was the gateway.',
    example: 'night-shift',
  })
  readonly by: string;

  @UpstreamTextField({
    description: 'Reason of the decision.',
    example: 'Voucher list of the user shows none from this group.',
  })
  readonly reason: string;

  @TimeField({ description: 'When it was decided.' })
  readonly at: string;

  static from({ decision, basis, by, reason, at }: Resolution): OperationResolutionDto {
    return { decision, basis, by, reason, at: at.toISOString() };
  }
}
