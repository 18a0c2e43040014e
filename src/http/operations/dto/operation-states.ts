import type { OperationState } from '../operation.state.js';

/** The ledger's states in the words of the API, where `sent` is what a caller calls running. */
export const SHOWN_STATES = ['running', 'succeeded', 'failed', 'unknown', 'released'] as const;

export type ShownState = (typeof SHOWN_STATES)[number];

export function shownState(state: OperationState): ShownState {
  return state === 'sent' ? 'running' : state;
}

export function stateShownAs(state: ShownState): OperationState {
  return state === 'running' ? 'sent' : state;
}
