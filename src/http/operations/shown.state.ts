import type { OperationState } from '../../ledger/operation.state.js';
import type { Awaits } from '../../ledger/operation.types.js';

/** States of the ledger as shown in the API: `claimed` and `sent` are `running`. */
export const SHOWN_STATES = ['running', 'succeeded', 'failed', 'unknown', 'released'] as const;

export type ShownState = (typeof SHOWN_STATES)[number];

export function shownState(state: OperationState): ShownState {
  return state === 'claimed' || state === 'sent' ? 'running' : state;
}

export function statesShownAs(state: ShownState): readonly OperationState[] {
  return state === 'running' ? ['claimed', 'sent'] : [state];
}

/** What an unknown outcome can wait for. */
export const AWAITS = ['evidence', 'person'] as const satisfies readonly Awaits[];
