import type { BudgetStep, HeldCall } from '../budget.protocol.js';
import { learnProbe, loseProbe } from './budget.gate.js';
import { heldWindowMs, returnRetry } from './budget.limits.js';
import { isMissing, learn, noteMissing, silentMsOf, ttlMs } from './budget.missing.js';
import { type HeldState, LINGER_MS, type ReplicaState, SILENT_MS, UNTIL_HEAD } from './budget.state.js';
import { type BudgetTurn, findReplica, removeAt } from './budget.turn.js';

/** The other replicas beat twice a second while they have anything: after a longer silence time may have been lost. */
const QUIET_MS = 1_000;

/** A waiting call that its replica does not list is dropped when it is older: a younger one may have crossed the beat. */
const CROSSED_MS = 1_000;

/** The state is older than what a replica has seen: a failover has lost writes. */
export function noticeLostWrites(turn: BudgetTurn): void {
  const { state, context } = turn;
  const server = context.server ?? '';
  const isOtherServer = server !== '' && state.server !== '' && server !== state.server;
  if (context.seq > state.seq || isOtherServer) learn(turn);
  if (server !== '') state.server = server;
}

/**
 * A replica without a reply so far cannot prove how much time has passed. So none has passed for slots that are held, and after a
 * silence the replicas count as missing, and not yet as dead, until their next heartbeat.
 */
export function distrustTime(turn: BudgetTurn, silentMs: number): void {
  const { state, now } = turn;
  const sinceMs = now - Math.max(0, silentMs);
  for (const call of state.held) {
    if (call.slotMs > sinceMs && call.slotMs !== UNTIL_HEAD) call.slotMs += now - sinceMs;
  }
  if (silentMs <= QUIET_MS) return;
  for (const replica of state.replicas) {
    replica.seenMs = Math.max(replica.seenMs, now - silentMsOf(replica));
  }
}

/**
 * Records that the replica is alive and counts its calls here. Returns false when it was not known. One that has no connection
 * reports what became of earlier calls as soon as it can: that does not show that it makes no calls without the store.
 */
export function noteReplica(turn: BudgetTurn, step: BudgetStep): boolean {
  const { state, now, context } = turn;
  const known = findReplica(state, context.replica);
  if (step.step === 'settle' || step.step === 'cancel') return known !== undefined;
  const replica = known ?? comeBack(turn);
  replica.seenMs = isApart(step) ? now - SILENT_MS : now;
  replica.isIdle = false;
  if (context.share) {
    replica.calls = context.share.calls;
    replica.places = context.share.places;
    replica.expected = context.share.replicas;
  }
  return known !== undefined;
}

function isApart(step: BudgetStep): boolean {
  return step.step === 'beat' && step.isApart === true;
}

function comeBack({ state, now, context }: BudgetTurn): ReplicaState {
  const index = state.missing.findIndex(({ name }) => name === context.replica);
  const none = { isIdle: false, calls: 0, places: 0, expected: 0 };
  const known = state.missing[index] ?? none;
  const replica = { ...known, name: context.replica, sinceMs: now, seenMs: now };
  if (index >= 0) removeAt(state.missing, index);
  state.replicas.push(replica);
  return replica;
}

export function noteIdle(turn: BudgetTurn): void {
  const replica = findReplica(turn.state, turn.context.replica);
  if (replica) replica.isIdle = true;
}

/** The replica leaves in order and makes no more calls. */
export function leave(turn: BudgetTurn): void {
  dropWaiting(turn, turn.context.replica);
  const replica = findReplica(turn.state, turn.context.replica);
  if (!replica) return;
  replica.calls = 0;
  replica.places = 0;
  replica.expected = 0;
}

/** Gives back what dead replicas hold. */
export function buryReplicas(turn: BudgetTurn): void {
  const { state, now } = turn;
  for (let index = state.replicas.length - 1; index >= 0; index -= 1) {
    const replica = state.replicas[index];
    if (!replica || replica.seenMs + ttlMs(replica) > now) continue;
    removeAt(state.replicas, index);
    if (replica.expected > 0) noteMissing(turn, replica);
    for (const call of state.held) {
      if (call.replica !== replica.name) continue;
      if (call.isPlace && call.id === state.gate.probe) loseProbe(turn);
      expire(turn, call);
    }
    dropWaiting(turn, replica.name);
  }
}

export function isSilent(turn: BudgetTurn, name: string): boolean {
  const replica = findReplica(turn.state, name);
  return !replica || isMissing(turn, replica);
}

/** Replicas whose place in the list is before this one's; missing ones are before all. */
export function rankOf(turn: BudgetTurn): number {
  let rank = turn.missing;
  for (const replica of turn.state.replicas) {
    if (replica.name === turn.context.replica) return rank;
    rank += 1;
  }
  return rank;
}

/** The call may have been sent until its grant was too old, and may be under way for some time after that. */
function expire(turn: BudgetTurn, call: HeldState): void {
  if (call.slotMs === UNTIL_HEAD) {
    call.slotMs = Math.max(turn.now, call.sendByMs) + LINGER_MS + heldWindowMs(turn.limits);
  }
  call.isExpired = true;
  call.isPlace = false;
}

export function dropWaiting(turn: BudgetTurn, replica: string): void {
  const { waiting } = turn.state;
  for (let index = waiting.length - 1; index >= 0; index -= 1) {
    if (waiting[index]?.replica === replica) drop(turn, index);
  }
}

/** A call that no one waits for any more. */
function drop(turn: BudgetTurn, index: number): void {
  const { waiting } = turn.state;
  if (waiting[index]?.isRetry) returnRetry(turn);
  removeAt(waiting, index);
}

/** Compares what the replica has with its entry in the state: messages and writes may have been lost. */
export function compareHeld(turn: BudgetTurn, held: readonly HeldCall[], wasKnown: boolean): void {
  const { state, now, context } = turn;
  const known = new Map<string, HeldState>();
  for (const call of state.held) known.set(call.id, call);
  const listed = new Set<string>();
  for (const call of held) {
    listed.add(call.id);
    const found = known.get(call.id);
    if (found) holdAgain(found);
    else {
      if (wasKnown) learn(turn);
      if (call.isProbe === true) learnProbe(turn, call.id);
      addHeld(turn, call);
    }
  }
  for (const call of state.held) {
    if (call.replica !== context.replica || !call.isPlace || call.sendByMs > now) continue;
    if (!listed.has(call.id)) expire(turn, call);
  }
}

/** Its replica was slow, not dead. */
function holdAgain(call: HeldState): void {
  if (!call.isExpired) return;
  call.isExpired = false;
  call.isPlace = true;
  if (!call.hasHead && call.slotMs > 0) call.slotMs = UNTIL_HEAD;
}

function addHeld(turn: BudgetTurn, call: HeldCall): void {
  turn.state.held.push({
    id: call.id,
    replica: turn.context.replica,
    caller: call.caller,
    callClass: call.callClass,
    operation: call.operation,
    grantedMs: turn.now,
    sendByMs: turn.now,
    epoch: -1,
    isPlace: true,
    slotMs: turn.limits.rate ? UNTIL_HEAD : 0,
  });
}

/** Drops waiting calls of the replica that it no longer has, and returns those that only it has. */
export function compareWaiting(turn: BudgetTurn, ids: readonly string[]): string[] {
  const { state, now, context } = turn;
  const listed = new Set<string>();
  for (const id of ids) listed.add(id);
  const known = new Set<string>();
  for (let index = state.waiting.length - 1; index >= 0; index -= 1) {
    const call = state.waiting[index];
    if (!call || call.replica !== context.replica) continue;
    known.add(call.id);
    if (!listed.has(call.id) && call.sinceMs + CROSSED_MS <= now) drop(turn, index);
  }
  for (const call of state.held) known.add(call.id);
  const unknown: string[] = [];
  for (const id of ids) if (!known.has(id)) unknown.push(id);
  return unknown;
}
