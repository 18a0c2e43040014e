import type { OperationState } from '../../../ledger/operation.state.js';
import type { Awaits } from '../../../ledger/operation.types.js';

/** The ledger's states in the words of the API, where `claimed` and `sent` are what a caller calls running. */
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
