import { isGateClear } from './budget.gate.js';
import { grantCall } from './budget.held.js';
import { callerPlaces, hasRoom, operationPlaces, PASSED_MAX, returnRetry } from './budget.limits.js';
import { isSilent } from './budget.presence.js';
import type { BudgetState, FlowState, WaitingState } from './budget.state.js';
import { findFlow } from './budget.flows.js';
import { type BudgetTurn, removeAt } from './budget.turn.js';
import type { CallClass } from '../budget.types.js';

/** Can a call that does not wait yet be granted at once? What waits could not, when the queue was served before. */
export function canGo(turn: BudgetTurn, call: WaitingState): boolean {
  if (!isGateClear(turn)) return false;
  if (!hasRoom(turn, call.callClass, doesWait(turn.state, otherClass(call.callClass)))) return false;
  return isUnderCaps(turn, call);
}

/** One operation and one caller cannot take all places. */
function isUnderCaps(turn: BudgetTurn, call: WaitingState): boolean {
  let sameOperation = 0;
  let sameCaller = 0;
  for (const held of turn.state.held) {
    if (!held.isPlace) continue;
    if (held.operation === call.operation) sameOperation += 1;
    if (held.caller === call.caller) sameCaller += 1;
  }
  return sameOperation < operationPlaces(turn) && sameCaller < callerPlaces(turn);
}

export function otherClass(callClass: CallClass): CallClass {
  return callClass === 'interactive' ? 'background' : 'interactive';
}

export function doesWait(state: BudgetState, callClass: CallClass): boolean {
  for (const call of state.waiting) if (call.callClass === callClass) return true;
  return false;
}

/** Grants what can be granted, until there is no room for any call that waits. */
export function serveQueue(turn: BudgetTurn): void {
  const { state } = turn;
  while (state.waiting.length > 0 && isGateClear(turn)) {
    const isNarrow = turn.places === 1 || turn.rate === 1;
    const first = isNarrow && state.passed >= PASSED_MAX ? 'background' : 'interactive';
    if (!serveNext(turn, first) && !serveNext(turn, otherClass(first))) return;
  }
}

function serveNext(turn: BudgetTurn, callClass: CallClass): boolean {
  const { state } = turn;
  const doesOtherWait = doesWait(state, otherClass(callClass));
  if (!hasRoom(turn, callClass, doesOtherWait)) return false;
  const index = nextWaiting(turn, callClass);
  const call = state.waiting[index];
  if (!call) return false;
  removeAt(state.waiting, index);
  passTag(turn, call);
  if (callClass === 'background') state.passed = 0;
  else if (doesOtherWait) state.passed += 1;
  grantCall(turn, call);
  return true;
}

/** Of the caller with the smallest start tag, the call with the earliest deadline; -1 when no call can go. */
function nextWaiting(turn: BudgetTurn, callClass: CallClass): number {
  const { waiting, flows } = turn.state;
  const tags = new Map<string, number>();
  for (const flow of flows) if (flow.callClass === callClass) tags.set(flow.caller, flow.tag);
  const full = fullNames(turn);
  let best = -1;
  let bestTag = 0;
  for (let index = 0; index < waiting.length; index += 1) {
    const call = waiting[index];
    // What is late is refused after the queue is served: its caller would return a grant.
    if (!call || call.callClass !== callClass || call.latestMs < turn.now) continue;
    if (full.operations.has(call.operation) || full.callers.has(call.caller)) continue;
    const tag = tags.get(call.caller) ?? 0;
    const other = waiting[best];
    if ((other && !isBefore(call, tag, other, bestTag)) || isSilent(turn, call.replica)) continue;
    best = index;
    bestTag = tag;
  }
  return best;
}

/** Operations and callers that have all the places that they can have. */
function fullNames(turn: BudgetTurn): { operations: Set<string>; callers: Set<string> } {
  const operations = new Map<string, number>();
  const callers = new Map<string, number>();
  const full = { operations: new Set<string>(), callers: new Set<string>() };
  for (const held of turn.state.held) {
    if (!held.isPlace) continue;
    const sameOperation = (operations.get(held.operation) ?? 0) + 1;
    operations.set(held.operation, sameOperation);
    if (sameOperation >= operationPlaces(turn)) full.operations.add(held.operation);
    const sameCaller = (callers.get(held.caller) ?? 0) + 1;
    callers.set(held.caller, sameCaller);
    if (sameCaller >= callerPlaces(turn)) full.callers.add(held.caller);
  }
  return full;
}

function isBefore(call: WaitingState, tag: number, other: WaitingState, otherTag: number): boolean {
  if (tag !== otherTag) return tag < otherTag;
  if (call.latestMs !== other.latestMs) return call.latestMs < other.latestMs;
  return call.no < other.no;
}

/** Start-time fair queueing: a caller that begins to wait starts at the virtual time, or after what it has had. */
export function joinQueue(turn: BudgetTurn, call: WaitingState, flow: FlowState): void {
  activate(turn, call, flow);
  turn.state.waiting.push(call);
}

export function activate(turn: BudgetTurn, call: WaitingState, flow: FlowState): void {
  for (const other of turn.state.waiting) {
    if (other.caller === call.caller && other.callClass === call.callClass) return;
  }
  flow.tag = Math.max(flow.tag, virtualTime(turn.state, call.callClass));
}

/**
 * The caller has had its turn: the virtual time is its tag, and its next turn comes one call later. A caller gets no
 * credit for the time in which it had all the places that it may have.
 */
export function passTag(turn: BudgetTurn, call: WaitingState): void {
  const { state } = turn;
  if (!doesWait(state, call.callClass)) {
    startAnew(state, call.callClass);
    return;
  }
  const flow = findFlow(state, call.caller, call.callClass);
  if (!flow) return;
  const time = Math.max(virtualTime(state, call.callClass), flow.tag);
  if (call.callClass === 'interactive') state.interactiveTag = time;
  else state.backgroundTag = time;
  flow.tag = Math.max(flow.tag + 1 / call.weight, time);
}

function virtualTime(state: BudgetState, callClass: CallClass): number {
  return callClass === 'interactive' ? state.interactiveTag : state.backgroundTag;
}

/** No call of the class waits: the virtual time starts anew. */
function startAnew(state: BudgetState, callClass: CallClass): void {
  if (callClass === 'interactive') state.interactiveTag = 0;
  else state.backgroundTag = 0;
  for (const flow of state.flows) if (flow.callClass === callClass) flow.tag = 0;
}

/** A call that leaves the queue without a grant. */
export function leaveQueue(turn: BudgetTurn, index: number): WaitingState | undefined {
  const { state } = turn;
  const call = state.waiting[index];
  if (!call) return undefined;
  removeAt(state.waiting, index);
  if (call.isRetry) returnRetry(turn);
  if (!doesWait(state, call.callClass)) startAnew(state, call.callClass);
  return call;
}
