import type { BudgetStep } from '../budget.protocol.js';
import { countOutcome, noteProbe } from './budget.gate.js';
import { heldWindowMs, returnRetry } from './budget.limits.js';
import { LINGER_MS, SEND_WITHIN_MS, UNTIL_HEAD, type HeldState, type WaitingState } from './budget.state.js';
import { type BudgetTurn, findHeld, findOperation, report } from './budget.turn.js';

/** Weight of the newest sample in the mean times. */
const NEWEST = 0.1;

/** Vendor calls that have a mean time of their own. There are some tens; names beyond that use the mean of all. */
const OPERATIONS_MAX = 64;

type Settle = Extract<BudgetStep, { step: 'settle' }>;

/** Drops the calls that hold nothing any more, and counts what the others use. */
export function sweepHeld(turn: BudgetTurn): void {
  const { state, now } = turn;
  turn.placesUsed = 0;
  turn.slotsUsed = 0;
  turn.interactivePlaces = 0;
  turn.interactiveSlots = 0;
  let kept = 0;
  for (const call of state.held) {
    if (!call.isPlace && call.slotMs <= now) continue;
    state.held[kept] = call;
    kept += 1;
    countUse(turn, call);
  }
  state.held.length = kept;
}

function countUse(turn: BudgetTurn, call: HeldState): void {
  const isInteractive = call.callClass === 'interactive';
  if (call.isPlace) {
    turn.placesUsed += 1;
    if (isInteractive) turn.interactivePlaces += 1;
  }
  if (call.slotMs > turn.now) {
    turn.slotsUsed += 1;
    if (isInteractive) turn.interactiveSlots += 1;
  }
}

/** @param probeMs time limit of a read that goes as a probe; 0 for a write, and for a call that waited: none waits while the vendor fails */
export function grantCall(turn: BudgetTurn, call: WaitingState, probeMs = 0): void {
  const { state, now } = turn;
  const held: HeldState = {
    id: call.id,
    replica: call.replica,
    caller: call.caller,
    callClass: call.callClass,
    operation: call.operation,
    grantedMs: now,
    sendByMs: now + SEND_WITHIN_MS,
    epoch: state.gate.epoch,
    isPlace: true,
    slotMs: turn.limits.rate ? UNTIL_HEAD : 0,
    ...(call.isRetry && { isRetry: true }),
  };
  state.held.push(held);
  countUse(turn, held);
  noteProbe(turn, call.id, probeMs);
  reportGrant(turn, held);
}

/** Again, too, when the replica may not have got it. */
export function reportGrant(turn: BudgetTurn, held: HeldState): void {
  const { now, state } = turn;
  const grant = { id: held.id, granted: true, sendWithinMs: held.sendByMs - now } as const;
  const isProbe = held.id === state.gate.probe;
  report(turn, held.replica, isProbe ? { ...grant, probeMs: state.gate.probeUntilMs - now } : grant);
}

/** The head, the outcome and the release, each counted once. A call that is not known is not counted. */
export function settle(turn: BudgetTurn, step: Settle): void {
  const call = findHeld(turn.state, step.id);
  if (!call) return;
  if (step.head) seeHead(turn, call);
  if (step.outcome && !call.hasOutcome) {
    const { kind } = step.outcome;
    if (kind === 'complete' || kind === 'throttled' || kind === 'failed') seeHead(turn, call);
    else if (kind === 'lost') loseResponse(turn, call);
    else freeUnsent(turn, call);
    call.hasOutcome = true;
    countOutcome(turn, call, step.outcome);
  }
  if (step.release && call.isPlace) {
    loseResponse(turn, call);
    call.isPlace = false;
    if (!call.isUnsent) notePlaceTime(turn, call);
  }
}

/** Takes back a grant that was not used. */
export function cancelHeld(turn: BudgetTurn, id: string): void {
  const call = findHeld(turn.state, id);
  if (!call || call.hasHead || call.hasOutcome) return;
  freeUnsent(turn, call);
  call.hasOutcome = true;
  call.isPlace = false;
  countOutcome(turn, call, { kind: 'unsent' });
}

/** The vendor has counted the call by now, so its slot is free when the window that began now is over. */
function seeHead(turn: BudgetTurn, call: HeldState): void {
  if (call.hasHead) return;
  call.hasHead = true;
  if (call.slotMs === 0) return;
  call.slotMs = turn.now + heldWindowMs(turn.limits);
  const { pace } = turn.state;
  pace.headMs += (turn.now - call.grantedMs - pace.headMs) * NEWEST;
}

/** No response was seen, and the request may still be on its way. */
function loseResponse(turn: BudgetTurn, call: HeldState): void {
  if (call.slotMs === UNTIL_HEAD) call.slotMs = turn.now + LINGER_MS + heldWindowMs(turn.limits);
}

/** Nothing was sent: the vendor counts nothing. */
function freeUnsent(turn: BudgetTurn, call: HeldState): void {
  if (!call.hasHead) call.slotMs = 0;
  if (call.isRetry) returnRetry(turn);
  call.isUnsent = true;
}

function notePlaceTime(turn: BudgetTurn, call: HeldState): void {
  const { pace, operations } = turn.state;
  const heldMs = turn.now - call.grantedMs;
  pace.placeMs += (heldMs - pace.placeMs) * NEWEST;
  const operation = findOperation(turn.state, call.operation);
  if (operation) operation.placeMs += (heldMs - operation.placeMs) * NEWEST;
  else if (operations.length < OPERATIONS_MAX) operations.push({ name: call.operation, placeMs: heldMs });
}
