import { advanceClock } from './account.clock.js';
import { type Admission, admit, seeFlow, takeTicket } from './budget.admission.js';
import { sweepFlows } from './budget.flows.js';
import { certainMs } from './budget.forecast.js';
import { FAILING_MS, isFailing, mayProbe, openForAll, tickGate } from './budget.gate.js';
import { cancelHeld, grantCall, reportGrant, settle, sweepHeld } from './budget.held.js';
import { grow, hasRetry, setAllowed, takeRetry } from './budget.limits.js';
import { learn, reserve } from './budget.missing.js';
import {
  buryReplicas,
  compareHeld,
  compareWaiting,
  distrustTime,
  leave,
  noteIdle,
  noteReplica,
  noticeLostWrites,
} from './budget.presence.js';
import type { BudgetReply, BudgetStep, StepContext } from '../budget.protocol.js';
import { activate, canGo, joinQueue, leaveQueue, passTag, serveQueue } from './budget.queue.js';
import { replyOf } from './budget.reply.js';
import type { BudgetState, WaitingState } from './budget.state.js';
import { type BudgetTurn, findHeld, findWaiting, reportRefusal } from './budget.turn.js';
import type { BudgetLimits, BudgetRequest } from '../budget.types.js';

/** A retry that finds the retry budget used up. Its caller gives up, so this is seldom used. */
const NO_RETRIES_MS = 1_000;

export interface StepInput {
  readonly limits: BudgetLimits;
  readonly context: StepContext;
  readonly step: BudgetStep;
}

/**
 * One step of the budget of an account: the whole algorithm, without clock, randomness or I/O. It changes `state`.
 * The same state, time and input give the same state and reply, here and in Lua.
 * @param serverMs whole milliseconds of the clock of the store
 */
export function stepBudget(state: BudgetState, serverMs: number, input: StepInput): BudgetReply {
  const silentMs = serverMs + state.skewMs - state.lastMs;
  const turn = startTurn(state, advanceClock(state, serverMs, input.context), input);
  noticeLostWrites(turn);
  if (!input.context.last && state.seq > 0) distrustTime(turn, silentMs);
  state.seq = Math.max(state.seq, input.context.seq) + 1;
  const wasKnown = noteReplica(turn, input.step);
  buryReplicas(turn);
  reserve(turn);
  setAllowed(turn);
  tickGate(turn);
  const unknown = act(turn, input.step, wasKnown);
  return replyOf(turn, unknown);
}

function startTurn(state: BudgetState, now: number, { limits, context }: StepInput): BudgetTurn {
  return {
    state,
    limits,
    context,
    now,
    rate: 0,
    places: 0,
    reservedCalls: 0,
    reservedPlaces: 0,
    missing: 0,
    placesUsed: 0,
    slotsUsed: 0,
    interactivePlaces: 0,
    interactiveSlots: 0,
    results: [],
    others: [],
  };
}

/** Returns the waiting calls of a beat that are not known here. */
function act(turn: BudgetTurn, step: BudgetStep, wasKnown: boolean): string[] | undefined {
  if (step.step === 'acquire') {
    refresh(turn);
    acquire(turn, step);
    return undefined;
  }
  if (step.step === 'check') {
    refresh(turn);
    check(turn, callOf(turn, step), step.probeMs ?? 0);
    return undefined;
  }
  let unknown: string[] | undefined;
  if (step.step === 'settle') settle(turn, step);
  else if (step.step === 'cancel') cancel(turn, step.id);
  else if (step.step === 'open') openForAll(turn, step.reason, step.forMs);
  else if (step.step === 'leave') leave(turn);
  else unknown = beat(turn, step, wasKnown);
  refresh(turn);
  return unknown;
}

/** Counts what is held, grants what can go, and refuses what no longer can in time. */
function refresh(turn: BudgetTurn): void {
  sweepHeld(turn);
  grow(turn);
  if (turn.state.waiting.length === 0) return;
  serveQueue(turn);
  revoke(turn);
}

function acquire(turn: BudgetTurn, step: Extract<BudgetStep, { step: 'acquire' }>): void {
  const { state, now } = turn;
  const held = findHeld(state, step.id);
  if (held) {
    if (held.isPlace && held.sendByMs > now) reportGrant(turn, held);
    return;
  }
  if (findWaiting(state, step.id) >= 0) return;
  enter(turn, callOf(turn, step), step.probeMs ?? 0);
}

function callOf(
  { state, now, context }: BudgetTurn,
  request: { readonly id: string } & BudgetRequest,
): WaitingState {
  const waitMs = Math.max(0, Math.floor(request.waitMs));
  return {
    id: request.id,
    replica: context.replica,
    caller: request.caller,
    callClass: request.callClass,
    operation: request.operation,
    weight: request.weight,
    waitMs,
    sinceMs: now,
    latestMs: now + waitMs,
    isRetry: request.isRetry === true,
    no: state.seq,
  };
}

/** Not in the script: at a shared store it would cost a round trip before each call that can go. */
function check(turn: BudgetTurn, call: WaitingState, probeMs: number): void {
  sweepFlows(turn);
  seeFlow(turn, call);
  if (!mayProbe(turn, probeMs) || !canGo(turn, call)) refuseWhatCannotWait(turn, call);
}

function enter(turn: BudgetTurn, call: WaitingState, probeMs: number): void {
  if (call.isRetry && !hasRetry(turn)) {
    reportRefusal(turn, call, 'no-retries', NO_RETRIES_MS);
    return;
  }
  sweepFlows(turn);
  const flow = seeFlow(turn, call);
  if (mayProbe(turn, probeMs) && canGo(turn, call)) {
    if (turn.state.waiting.length > 0) {
      activate(turn, call, flow);
      passTag(turn, call);
    }
    if (call.isRetry) takeRetry(turn);
    grantCall(turn, call, probeMs);
    return;
  }
  if (refuseWhatCannotWait(turn, call)) return;
  if (call.isRetry) takeRetry(turn);
  joinQueue(turn, call, flow);
}

/** Returns whether the call is refused. */
function refuseWhatCannotWait(turn: BudgetTurn, call: WaitingState): boolean {
  if (isFailing(turn)) {
    reportRefusal(turn, call, 'breaker-open', FAILING_MS);
    return true;
  }
  const admission = admit(turn, call);
  if (!admission.isAdmitted) refuse(turn, call, admission);
  return !admission.isAdmitted;
}

function refuse(turn: BudgetTurn, call: WaitingState, admission: Admission): void {
  const flow = seeFlow(turn, call);
  reportRefusal(turn, call, admission.reason, takeTicket(turn, flow, admission));
}

function cancel(turn: BudgetTurn, id: string): void {
  const index = findWaiting(turn.state, id);
  if (index >= 0) leaveQueue(turn, index);
  else cancelHeld(turn, id);
}

function beat(
  turn: BudgetTurn,
  step: Extract<BudgetStep, { step: 'beat' }>,
  wasKnown: boolean,
): string[] | undefined {
  if (step.isIdle === true) noteIdle(turn);
  if (step.learn === true) learn(turn, step.afterMs ?? 0);
  compareHeld(turn, step.held, wasKnown && step.learn !== true && step.isApart !== true);
  const unknown = compareWaiting(turn, step.waiting);
  const listed = new Set<string>();
  for (const id of step.waiting) listed.add(id);
  for (const held of turn.state.held) {
    if (held.isPlace && held.sendByMs > turn.now && listed.has(held.id)) reportGrant(turn, held);
  }
  return unknown.length > 0 ? unknown : undefined;
}

/** Refuses the calls that wait for a gate that lets none wait, and those whose last moment is before any grant. */
function revoke(turn: BudgetTurn): void {
  const { state, now } = turn;
  const isRefusedAll = isFailing(turn);
  const earliestMs = now + certainMs(turn);
  for (let index = state.waiting.length - 1; index >= 0; index -= 1) {
    const call = state.waiting[index];
    if (!call || (!isRefusedAll && call.latestMs >= earliestMs)) continue;
    leaveQueue(turn, index);
    if (isRefusedAll) reportRefusal(turn, call, 'breaker-open', FAILING_MS);
    else refuse(turn, call, admit(turn, { ...call, latestMs: now + call.waitMs }));
  }
}
