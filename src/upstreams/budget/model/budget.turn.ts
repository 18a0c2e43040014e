import type { BudgetResult, StepContext } from '../budget.protocol.js';
import type { BudgetState, HeldState, PlaceTimeState, ReplicaState } from './budget.state.js';
import type { BudgetLimits, RefusalReason } from '../budget.types.js';

/** One step under way: the state that it changes, and what it has to report. */
export interface BudgetTurn {
  readonly state: BudgetState;
  readonly limits: BudgetLimits;
  readonly context: StepContext;
  /** On the account's own clock. */
  readonly now: number;
  /** Calls per window now allowed; 0 without a rate. */
  rate: number;
  /** Places now allowed. */
  places: number;
  /** Kept back for replicas that may be making calls by themselves. */
  reservedCalls: number;
  reservedPlaces: number;
  /** The number of those replicas. */
  missing: number;
  /** Used by all, and by interactive calls. Background calls use the rest. */
  placesUsed: number;
  slotsUsed: number;
  interactivePlaces: number;
  interactiveSlots: number;
  results: BudgetResult[];
  others: { replica: string; results: BudgetResult[] }[];
}

export function report(turn: BudgetTurn, replica: string, result: BudgetResult): void {
  if (replica === turn.context.replica) {
    turn.results.push(result);
    return;
  }
  for (const other of turn.others) {
    if (other.replica === replica) {
      other.results.push(result);
      return;
    }
  }
  turn.others.push({ replica, results: [result] });
}

export function reportRefusal(
  turn: BudgetTurn,
  call: { readonly id: string; readonly replica: string },
  reason: RefusalReason,
  retryAfterMs: number,
): void {
  report(turn, call.replica, { id: call.id, granted: false, reason, retryAfterMs });
}

export function findHeld(state: BudgetState, id: string): HeldState | undefined {
  for (const call of state.held) if (call.id === id) return call;
  return undefined;
}

/** Position in the list of waiting calls; -1 when it is not there. */
export function findWaiting(state: BudgetState, id: string): number {
  for (let index = 0; index < state.waiting.length; index += 1) {
    if (state.waiting[index]?.id === id) return index;
  }
  return -1;
}

export function findReplica(state: BudgetState, name: string): ReplicaState | undefined {
  for (const replica of state.replicas) if (replica.name === name) return replica;
  return undefined;
}

export function findOperation(state: BudgetState, name: string): PlaceTimeState | undefined {
  for (const operation of state.operations) if (operation.name === name) return operation;
  return undefined;
}

export function removeAt(list: unknown[], index: number): void {
  for (let next = index + 1; next < list.length; next += 1) list[next - 1] = list[next];
  list.length -= 1;
}
