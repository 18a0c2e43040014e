import { addFlow, findFlow } from './budget.flows.js';
import { comebackMs, expectedMs, operationFreeMs } from './budget.forecast.js';
import { gateWaitMs } from './budget.gate.js';
import { heldWindowMs, operationPlaces, shareOfClass } from './budget.limits.js';
import {
  CALLER_QUEUE_MAX,
  FAST_CALLER_QUEUE_MAX,
  FAST_QUEUE_MAX,
  type FlowState,
  QUEUE_MAX,
  SEEN_MS,
  type WaitingState,
} from './budget.state.js';
import { type BudgetTurn, findOperation } from './budget.turn.js';

/** The guaranteed share is assumed smaller than it is by this factor: fewer than two in a hundred admitted calls are revoked. */
const SAFETY = 1.3;

/** Longest Retry-After because of a queue; that of a vendor's reset may be longer. */
const RETRY_MS_MAX = 60_000;
const RETRY_THROTTLED_MS_MAX = 3_600_000;

export interface Admission {
  readonly isAdmitted: boolean;
  readonly reason: 'throttled' | 'no-time' | 'queue-full';
  /** Time until the same call would be admitted. */
  readonly needMs: number;
  /** Time in which the caller's share serves one call. */
  readonly perCallMs: number;
}

/** The callers' record of a call, with the call seen now. */
export function seeFlow(turn: BudgetTurn, call: WaitingState): FlowState {
  const found = findFlow(turn.state, call.caller, call.callClass);
  if (found) {
    found.seenMs = turn.now;
    found.weight = call.weight;
    return found;
  }
  const { caller, callClass, weight } = call;
  const flow = { caller, callClass, weight, seenMs: turn.now, tag: 0, ticketMs: 0 };
  addFlow(turn.state, flow);
  return flow;
}

/**
 * Can the caller's guaranteed share serve the call in time, and the calls of the same caller that come after it? What the others
 * leave unused comes on top, and is promised to no one.
 */
export function admit(turn: BudgetTurn, call: WaitingState): Admission {
  const { weight, isOtherSeen } = seenShare(turn, call);
  const perCallMs = timePerCall(turn, call, isOtherSeen) / weight;
  const baseMs = expectedMs(turn, call);
  const untilMs = call.latestMs - turn.now;
  const ownMs = baseMs + (countBefore(turn, call) + 0.5) * perCallMs;
  const etaMs = Math.max(ownMs, operationMs(turn, call, weight));
  const lateMs = latenessOfOthers(turn, call, baseMs, perCallMs);
  const isFull = isQueueFull(turn, call);
  const isThrottled = turn.state.gate.reason === 'throttled';
  const needMs = Math.max(0, etaMs - untilMs, lateMs, isFull ? baseMs + perCallMs : 0);
  return {
    isAdmitted: etaMs <= untilMs && lateMs <= 0 && !isFull,
    reason: isThrottled ? 'throttled' : isFull ? 'queue-full' : 'no-time',
    needMs: comeback(turn, call, needMs, perCallMs),
    perCallMs,
  };
}

/** What is refused is refused for a queue at the slots, or while the gate is open: then all slots will be free. */
function comeback(turn: BudgetTurn, call: WaitingState, needMs: number, perCallMs: number): number {
  const gateMs = gateWaitMs(turn);
  if (!turn.limits.rate || gateMs > 0) return Math.max(needMs, gateMs);
  return comebackMs(turn, call, needMs, call.latestMs - turn.now - 0.5 * perCallMs);
}

/** Retry-After of a refused call. Each refusal of a caller gets the next moment, so that they do not all come back at once. */
export function takeTicket(turn: BudgetTurn, flow: FlowState, admission: Admission): number {
  const maxMs = admission.reason === 'throttled' ? RETRY_THROTTLED_MS_MAX : RETRY_MS_MAX;
  const retryAfterMs = Math.ceil(Math.max(admission.needMs, flow.ticketMs - turn.now));
  if (retryAfterMs > maxMs) return maxMs;
  flow.ticketMs = turn.now + retryAfterMs + admission.perCallMs;
  return retryAfterMs;
}

/** The caller's part of the weights of all that were seen lately in its class, and whether the other class was seen. */
function seenShare(turn: BudgetTurn, call: WaitingState): { weight: number; isOtherSeen: boolean } {
  let weights = 0;
  let isOtherSeen = false;
  for (const flow of turn.state.flows) {
    if (flow.seenMs + SEEN_MS <= turn.now) continue;
    if (flow.callClass === call.callClass) weights += flow.weight;
    else isOtherSeen = true;
  }
  return { weight: call.weight / Math.max(weights, call.weight), isOtherSeen };
}

/** Time in which the share of the class serves one call. */
function timePerCall(turn: BudgetTurn, call: WaitingState, isOtherSeen: boolean): number {
  const { pace } = turn.state;
  const placeMs = pace.placeMs / shareOfClass(call.callClass, turn.places, isOtherSeen);
  if (!turn.limits.rate) return placeMs * SAFETY;
  const slotMs = heldWindowMs(turn.limits) + pace.headMs;
  return Math.max(placeMs, slotMs / shareOfClass(call.callClass, turn.rate, isOtherSeen)) * SAFETY;
}

/** Time until the caller's share of the places of its operation serves the call; 0 while the operation has places. */
function operationMs(turn: BudgetTurn, call: WaitingState, weight: number): number {
  const meanMs = findOperation(turn.state, call.operation)?.placeMs ?? turn.state.pace.placeMs;
  const freeMs = operationFreeMs(turn, call.operation, meanMs);
  if (freeMs === 0) return 0;
  let before = 0.5;
  for (const other of turn.state.waiting) {
    const isBefore = isSameFlow(other, call) && other.latestMs <= call.latestMs;
    if (isBefore && other.operation === call.operation) before += 1;
  }
  return freeMs + (before * meanMs * SAFETY) / operationPlaces(turn) / weight;
}

/** Calls of the same caller that are served before this one. */
function countBefore(turn: BudgetTurn, call: WaitingState): number {
  let before = 0;
  for (const other of turn.state.waiting) {
    if (isSameFlow(other, call) && other.latestMs <= call.latestMs) before += 1;
  }
  return before;
}

function isSameFlow(other: WaitingState, call: WaitingState): boolean {
  return other.caller === call.caller && other.callClass === call.callClass;
}

/** The largest delay beyond its last moment of a call of the same caller that would be served after this one. */
function latenessOfOthers(turn: BudgetTurn, call: WaitingState, baseMs: number, perCallMs: number): number {
  const later: number[] = [];
  for (const other of turn.state.waiting) {
    if (isSameFlow(other, call) && other.latestMs > call.latestMs) later.push(other.latestMs);
  }
  later.sort((one, other) => one - other);
  let position = countBefore(turn, call) + 1.5;
  let worstMs = 0;
  for (const latestMs of later) {
    worstMs = Math.max(worstMs, turn.now + baseMs + position * perCallMs - latestMs);
    position += 1;
  }
  return worstMs;
}

function isQueueFull(turn: BudgetTurn, call: WaitingState): boolean {
  const hasRate = turn.limits.rate !== undefined;
  if (turn.state.waiting.length >= (hasRate ? QUEUE_MAX : FAST_QUEUE_MAX)) return true;
  let same = 0;
  for (const other of turn.state.waiting) if (isSameFlow(other, call)) same += 1;
  return same >= (hasRate ? CALLER_QUEUE_MAX : FAST_CALLER_QUEUE_MAX);
}
