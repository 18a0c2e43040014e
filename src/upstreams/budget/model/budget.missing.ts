import { heldWindowMs } from './budget.limits.js';
import {
  IDLE_SILENT_MS,
  IDLE_TTL_MS,
  LINGER_MS,
  MISSING_MS,
  REPLICA_TTL_MS,
  type ReplicaState,
  SILENT_MS,
} from './budget.state.js';
import type { BudgetTurn } from './budget.turn.js';

/** Nothing is granted until every call that may be under way is counted, or can no longer reach the vendor's window. */
export function learn(turn: BudgetTurn, afterMs = 0): void {
  const untilMs = turn.now + afterMs + LINGER_MS + heldWindowMs(turn.limits);
  turn.state.learnMs = Math.max(turn.state.learnMs, untilMs);
}

/** Its share is kept back for some time. */
export function noteMissing({ state, now }: BudgetTurn, replica: ReplicaState): void {
  const { missing } = state;
  missing.unshift(replica);
  while (missing.length > 0 && (missing.at(-1)?.seenMs ?? now) + MISSING_MS <= now) missing.pop();
}

export function ttlMs({ isIdle }: ReplicaState): number {
  return isIdle ? IDLE_TTL_MS : REPLICA_TTL_MS;
}

export function silentMsOf({ isIdle }: ReplicaState): number {
  return isIdle ? IDLE_SILENT_MS : SILENT_MS;
}

export function isMissing({ now }: BudgetTurn, replica: ReplicaState): boolean {
  return replica.seenMs + silentMsOf(replica) <= now;
}

/**
 * A replica that is silent and did not leave may be out of reach, and use its share by itself: the others keep that back. When some
 * of those that are missing have been replaced, it is not known which: the largest shares count. A new replica counts as a
 * replacement when the last calls of the old one no longer count at the vendor, and another that died with it is known to be missing.
 */
export function reserve(turn: BudgetTurn): void {
  const { state, now, limits } = turn;
  if (!limits.rate) return;
  const newMs = now - Math.max(IDLE_SILENT_MS, LINGER_MS + heldWindowMs(limits));
  let absent = 0;
  for (const replica of state.replicas) absent = Math.max(absent, replica.expected);
  const missing: ReplicaState[] = [];
  for (const replica of state.replicas) {
    if (replica.expected === 0) continue;
    if (isMissing(turn, replica)) missing.push(replica);
    else if (replica.sinceMs <= newMs) absent -= 1;
  }
  for (const replica of state.missing) if (replica.seenMs + MISSING_MS > now) missing.push(replica);
  keepBack(turn, missing, Math.max(0, Math.min(absent, missing.length)));
  const isNothingLeft = turn.reservedCalls >= limits.rate.calls || turn.reservedPlaces >= limits.places;
  if (isNothingLeft) learn(turn);
}

function keepBack(turn: BudgetTurn, missing: readonly ReplicaState[], count: number): void {
  let [calls, places, callsMax, placesMax] = [0, 0, 0, 0];
  for (const replica of missing) {
    calls += replica.calls;
    places += replica.places;
    callsMax = Math.max(callsMax, replica.calls);
    placesMax = Math.max(placesMax, replica.places);
  }
  turn.missing = count;
  turn.reservedCalls = Math.min(calls, count * callsMax);
  turn.reservedPlaces = Math.min(places, count * placesMax);
}
