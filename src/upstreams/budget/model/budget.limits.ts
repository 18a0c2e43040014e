import type { BudgetTurn } from './budget.turn.js';
import type { BudgetLimits, CallClass } from '../budget.types.js';

/** Kept free for interactive calls, so that one that comes while background calls flood need not wait. */
const INTERACTIVE_FLOOR = 2;
/** Kept for background calls while one waits, so that probes and polling go on while interactive calls flood. */
const BACKGROUND_FLOOR = 1;

/** A limit of one cannot be divided into floors: one in five of the calls granted while a background call waits is a background call. */
export const PASSED_MAX = 4;

/** A limit that throttling has lowered keeps this part, and never less than one call. */
const DECREASE = 0.7;
/** Part of the limit that it gains back at a time, at least one call. */
const INCREASE = 0.1;
/** Windows without throttling before it grows; without a rate, the time. */
const CLEAN_WINDOWS = 10;
const CLEAN_MS = 10_000;

/** A retry costs ten tenths, a success earns one: one call in ten may be a retry. */
const RETRY_TENTHS = 10;
/** Largest number of retries that earlier successes may have earned. */
const RETRY_BURST = 10;

/** Clocks may differ by 500 ppm, and the milliseconds are whole. */
export function heldWindowMs(limits: BudgetLimits): number {
  if (!limits.rate) return 0;
  return limits.rate.windowMs + 1 + Math.ceil(limits.rate.windowMs / 2_000);
}

export function setAllowed(turn: BudgetTurn): void {
  turn.rate = effectiveRate(turn);
  turn.places = effectivePlaces(turn);
}

/** The lower one of what the vendor takes from all replicas, and what those that are out of reach leave of the limit. */
function effectiveRate({ state, limits, reservedCalls }: BudgetTurn): number {
  if (!limits.rate) return 0;
  const { calls } = limits.rate;
  return Math.max(1, Math.min(Math.floor(calls - state.pace.rateLoss), calls - reservedCalls));
}

function effectivePlaces({ state, limits, reservedPlaces }: BudgetTurn): number {
  if (limits.rate) return Math.max(1, limits.places - reservedPlaces);
  return Math.max(1, Math.floor(limits.places - state.pace.placeLoss));
}

/** Of `limit`, the part that the other class cannot take. */
function floorOf(callClass: CallClass, limit: number): number {
  if (callClass === 'interactive') return Math.min(INTERACTIVE_FLOOR, limit - 1);
  return Math.min(BACKGROUND_FLOOR, limit - 1);
}

/** One vendor call may take half of the places, one caller three quarters. */
export function operationPlaces(turn: BudgetTurn): number {
  return Math.ceil(turn.places / 2);
}

export function callerPlaces(turn: BudgetTurn): number {
  return Math.ceil((turn.places * 3) / 4);
}

/** Has the class room for one more call, the floor of the other class kept? */
export function hasRoom(turn: BudgetTurn, callClass: CallClass, doesOtherWait: boolean): boolean {
  if (turn.limits.rate) {
    const kept = keptSlots(turn, callClass, doesOtherWait);
    if (turn.rate - turn.slotsUsed - kept < 1) return false;
  }
  return turn.places - turn.placesUsed - keptPlaces(turn, callClass, doesOtherWait) >= 1;
}

export function keptSlots(turn: BudgetTurn, callClass: CallClass, doesOtherWait: boolean): number {
  const background = turn.slotsUsed - turn.interactiveSlots;
  if (callClass === 'background') {
    return Math.max(0, floorOf('interactive', turn.rate) - turn.interactiveSlots);
  }
  return doesOtherWait ? Math.max(0, floorOf('background', turn.rate) - background) : 0;
}

export function keptPlaces(turn: BudgetTurn, callClass: CallClass, doesOtherWait: boolean): number {
  const background = turn.placesUsed - turn.interactivePlaces;
  if (callClass === 'background') {
    return Math.max(0, floorOf('interactive', turn.places) - turn.interactivePlaces);
  }
  return doesOtherWait ? Math.max(0, floorOf('background', turn.places) - background) : 0;
}

/** The part of `limit` that the class is guaranteed, however much the other class asks for. */
export function shareOfClass(callClass: CallClass, limit: number, isOtherSeen: boolean): number {
  if (limit === 1) {
    if (!isOtherSeen) return 1;
    return callClass === 'interactive' ? PASSED_MAX / (PASSED_MAX + 1) : 1 / (PASSED_MAX + 1);
  }
  if (callClass === 'interactive') return isOtherSeen ? limit - floorOf('background', limit) : limit;
  return isOtherSeen ? floorOf('background', limit) : limit - floorOf('interactive', limit);
}

/** The vendor has throttled a call: the limit that it is about shrinks. */
export function decrease(turn: BudgetTurn): void {
  const { state, limits } = turn;
  if (limits.rate) {
    const allowed = Math.max(1, limits.rate.calls - state.pace.rateLoss);
    state.pace.rateLoss = limits.rate.calls - Math.max(1, allowed * DECREASE);
  } else {
    const allowed = Math.max(1, limits.places - state.pace.placeLoss);
    state.pace.placeLoss = limits.places - Math.max(1, allowed * DECREASE);
  }
  state.pace.growMs = turn.now + cleanMs(limits);
  setAllowed(turn);
}

/** After a time without throttling, a limit that is in use grows by a step. */
export function grow(turn: BudgetTurn): void {
  const { pace } = turn.state;
  if (pace.rateLoss <= 0 && pace.placeLoss <= 0) return;
  if (turn.now < pace.growMs || turn.state.gate.status !== 'closed') return;
  if (turn.limits.rate) {
    if (turn.slotsUsed * 2 < turn.rate) return;
    pace.rateLoss = Math.max(0, pace.rateLoss - Math.max(1, turn.limits.rate.calls * INCREASE));
  } else {
    if (turn.placesUsed * 2 < turn.places) return;
    pace.placeLoss = Math.max(0, pace.placeLoss - Math.max(1, turn.limits.places * INCREASE));
  }
  pace.growMs = turn.now + cleanMs(turn.limits);
  setAllowed(turn);
}

function cleanMs(limits: BudgetLimits): number {
  return limits.rate ? limits.rate.windowMs * CLEAN_WINDOWS : CLEAN_MS;
}

/** A small vendor's limit bounds the retries that may come at once. */
function retryTenthsMax(limits: BudgetLimits): number {
  const calls = limits.rate ? limits.rate.calls : RETRY_BURST;
  return Math.max(1, Math.min(RETRY_BURST, calls)) * RETRY_TENTHS;
}

export function hasRetry(turn: BudgetTurn): boolean {
  return turn.state.pace.retryTenths + RETRY_TENTHS <= retryTenthsMax(turn.limits);
}

export function takeRetry(turn: BudgetTurn): void {
  turn.state.pace.retryTenths += RETRY_TENTHS;
}

/** A retry that was not made. */
export function returnRetry(turn: BudgetTurn): void {
  turn.state.pace.retryTenths = Math.max(0, turn.state.pace.retryTenths - RETRY_TENTHS);
}

export function earnRetry(turn: BudgetTurn): void {
  turn.state.pace.retryTenths = Math.max(0, turn.state.pace.retryTenths - 1);
}
