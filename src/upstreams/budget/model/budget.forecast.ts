import { gateWaitMs } from './budget.gate.js';
import { callerPlaces, heldWindowMs, keptPlaces, keptSlots, operationPlaces } from './budget.limits.js';
import { doesWait, otherClass } from './budget.queue.js';
import { type HeldState, LINGER_MS, UNTIL_HEAD, type WaitingState } from './budget.state.js';
import type { BudgetTurn } from './budget.turn.js';

/** When the next call of this class can go by what is held now, from now. Mean times stand for what is not known. */
export function expectedMs(turn: BudgetTurn, call: WaitingState): number {
  const doesOtherWait = doesWait(turn.state, otherClass(call.callClass));
  let ms = Math.max(gateWaitMs(turn), placeMs(turn, call, doesOtherWait));
  if (turn.limits.rate) {
    const kept = keptSlots(turn, call.callClass, doesOtherWait);
    ms = Math.max(ms, slotMs(turn, kept, turn.state.pace.headMs));
  }
  return ms;
}

/** Lower bound of the time from now until any call can go. */
export function certainMs(turn: BudgetTurn): number {
  const ms = gateWaitMs(turn);
  return turn.limits.rate ? Math.max(ms, slotMs(turn, 0, 0)) : ms;
}

/** Time until the operation has a place again. */
export function operationFreeMs(turn: BudgetTurn, operation: string, meanMs: number): number {
  const times: number[] = [];
  for (const held of turn.state.held) {
    if (held.isPlace && held.operation === operation) times.push(remainingMs(turn, held, meanMs));
  }
  return smallest(times, times.length - operationPlaces(turn) + 1);
}

/**
 * When a call that can wait for `slackMs` finds a slot, at `fromMs` at the earliest. Slots come free together when they were taken
 * together: a call that cannot wait for the next of them finds one when all that waits now has had its slot.
 */
export function comebackMs(turn: BudgetTurn, call: WaitingState, fromMs: number, slackMs: number): number {
  const { headMs } = turn.state.pace;
  const cycleMs = heldWindowMs(turn.limits) + headMs;
  if (slackMs >= cycleMs) return fromMs;
  const times = slotTimes(turn, headMs).toSorted((one, other) => one - other);
  const kept = keptSlots(turn, call.callClass, doesWait(turn.state, otherClass(call.callClass)));
  const ahead = times.length + kept - turn.rate + turn.state.waiting.length;
  if (ahead < 0 || times.length === 0) return fromMs;
  const round = Math.floor(ahead / times.length);
  return Math.max(fromMs, (times[ahead - round * times.length] ?? 0) + round * cycleMs);
}

/** Time until a rate slot is free, `kept` ones not counted, when a head comes `headMs` after its grant. */
function slotMs(turn: BudgetTurn, kept: number, headMs: number): number {
  const times = slotTimes(turn, headMs);
  return smallest(times, times.length + kept - turn.rate + 1);
}

/** When the slots that are held now are free, from now. */
function slotTimes(turn: BudgetTurn, headMs: number): number[] {
  const { held } = turn.state;
  const times: number[] = [];
  for (const call of held) {
    if (call.slotMs <= turn.now) continue;
    const headIn = Math.max(0, call.grantedMs + headMs - turn.now);
    const isOpen = call.slotMs === UNTIL_HEAD;
    times.push(isOpen ? headIn + heldWindowMs(turn.limits) : call.slotMs - turn.now);
  }
  return times;
}

function placeMs(turn: BudgetTurn, call: WaitingState, doesOtherWait: boolean): number {
  const { pace, held } = turn.state;
  const all: number[] = [];
  const own: number[] = [];
  for (const other of held) {
    if (!other.isPlace) continue;
    const ms = remainingMs(turn, other, pace.placeMs);
    all.push(ms);
    if (other.caller === call.caller) own.push(ms);
  }
  const kept = keptPlaces(turn, call.callClass, doesOtherWait);
  const anyMs = smallest(all, all.length + kept - turn.places + 1);
  return Math.max(anyMs, smallest(own, own.length - callerPlaces(turn) + 1));
}

/** A call beyond its mean time is expected to take as long again as it is late, up to the end of its attempt. */
function remainingMs(turn: BudgetTurn, held: HeldState, meanMs: number): number {
  const ageMs = turn.now - held.grantedMs;
  if (ageMs < meanMs) return meanMs - ageMs;
  const mostMs = Math.max(0, turn.limits.attemptMs + LINGER_MS - ageMs);
  return Math.min(ageMs - meanMs, mostMs);
}

/** The smallest number at position `place`, from 1; 0 when the place is before the first. */
function smallest(times: number[], place: number): number {
  if (place <= 0) return 0;
  times.sort((one, other) => one - other);
  return times[Math.min(place, times.length) - 1] ?? 0;
}
