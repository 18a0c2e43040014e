import { certainMs } from './budget.forecast.js';
import { probeWaitMs } from './budget.gate.js';
import { heldWindowMs } from './budget.limits.js';
import { ttlMs } from './budget.missing.js';
import { rankOf } from './budget.presence.js';
import type { BudgetReply } from '../budget.protocol.js';
import { UNTIL_HEAD } from './budget.state.js';
import type { BudgetTurn } from './budget.turn.js';

export function replyOf(turn: BudgetTurn, unknown: string[] | undefined): BudgetReply {
  const { state } = turn;
  const reply = {
    seq: state.seq,
    storeMs: turn.now,
    results: turn.results,
    others: turn.others,
    nextMs: nextMs(turn),
    replicas: state.replicas.length,
    rank: rankOf(turn),
    state: stateOf(turn),
  };
  return unknown ? { ...reply, unknown } : reply;
}

function stateOf(turn: BudgetTurn): BudgetReply['state'] {
  const { gate, waiting } = turn.state;
  let interactive = 0;
  for (const call of waiting) if (call.callClass === 'interactive') interactive += 1;
  let gateMs = 0;
  if (gate.status === 'open') gateMs = gate.untilMs - turn.now;
  if (gate.status === 'half-open') gateMs = probeWaitMs(turn);
  return {
    gate: gate.status,
    gateReason: gate.reason === '' ? undefined : gate.reason,
    gateMs,
    effectiveRate: turn.limits.rate ? turn.rate : undefined,
    effectivePlaces: turn.places,
    placesUsed: turn.placesUsed,
    slotsUsed: turn.slotsUsed,
    waiting: { interactive, background: waiting.length - interactive },
  };
}

/** The next moment at which time alone changes something; undefined when there is none. */
function nextMs(turn: BudgetTurn): number | undefined {
  const { state, now } = turn;
  const { gate } = state;
  let atMs = UNTIL_HEAD;
  if (gate.status === 'open') atMs = gate.untilMs;
  if (state.waiting.length > 0) {
    if (gate.status === 'half-open') atMs = Math.min(atMs, later(turn, gate.probeMs));
    atMs = Math.min(atMs, later(turn, state.learnMs));
    const aheadMs = movingMs(turn);
    for (const call of state.waiting) {
      atMs = Math.min(atMs, call.latestMs + 1, later(turn, call.latestMs - aheadMs + 1));
    }
    for (const call of state.held) atMs = Math.min(atMs, later(turn, call.slotMs));
    for (const replica of state.replicas) atMs = Math.min(atMs, later(turn, replica.seenMs + ttlMs(replica)));
  }
  return atMs === UNTIL_HEAD ? undefined : Math.max(1, atMs - now);
}

/** While every slot waits for a head, no call can go before a whole window has passed from now on, however late it is. */
function movingMs(turn: BudgetTurn): number {
  const windowMs = heldWindowMs(turn.limits);
  return certainMs(turn) === windowMs ? windowMs : 0;
}

/** A moment that is over changes nothing more. */
function later(turn: BudgetTurn, atMs: number): number {
  return atMs > turn.now ? atMs : UNTIL_HEAD;
}
