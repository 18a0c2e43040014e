import { EnumField, FlagField, IdField, TimeField } from '../../http/fields/fields.js';
import type { Operation, StoredResponse } from '../../ledger/operation.types.js';

export const HANDOUT_STATES = ['handed_out', 'not_handed_out', 'unknown', 'running'] as const;

export type HandoutState = (typeof HANDOUT_STATES)[number];

/** A handout as recorded in the ledger. */
export class RecordedHandoutDto {
  @IdField({
    description: 'Id of the handout, and of its operation.',
    example: '019aa8f5-6b1e-7c3a-9a52-6e6f5d1c2b7a',
  })
  readonly id: string;

  @IdField({ description: 'The user for whom the voucher was requested.', example: '938029' })
  readonly userId: string;

  @IdField({ description: 'The group from which it was requested.', example: '324673248' })
  readonly voucherGroupId: string;

  @EnumField({
    description:
      '`unknown`: the call was sent and it is not known whether the user has the voucher; a person has to ' +
      'find out and decide.',
    name: 'HandoutState',
    values: HANDOUT_STATES,
    example: 'handed_out',
  })
  readonly state: HandoutState;

  @FlagField({
    description: 'Whether the user has the voucher; null while that is unknown.',
    nullable: true,
    example: true,
  })
  readonly handedOut: boolean | null;

  @TimeField({
    description:
      'When the upstream confirmed it; null if it did not, also if a person decided that it was executed.',
    nullable: true,
  })
  readonly handedOutAt: string | null;

  /** `response` is the stored response, if any, which a repeat with the key returns. */
  static from({ id, subject, state }: Operation, response: StoredResponse | null): RecordedHandoutDto {
    const shown = stateOf(state);
    const { handedOutAt } = (response?.body ?? {}) as { handedOutAt?: unknown };
    return {
      id,
      userId: subject.userId ?? '',
      voucherGroupId: subject.voucherGroupId ?? '',
      state: shown,
      handedOut: shown === 'handed_out' ? true : shown === 'not_handed_out' ? false : null,
      handedOutAt: shown === 'handed_out' && typeof handedOutAt === 'string' ? handedOutAt : null,
    };
  }
}

function stateOf(state: Operation['state']): HandoutState {
  switch (state) {
    case 'succeeded':
      return 'handed_out';
    case 'failed':
    case 'released':
      return 'not_handed_out';
    case 'unknown':
      return 'unknown';
    case 'claimed':
    case 'sent':
      return 'running';
    default:
      return state satisfies never;
  }
}
