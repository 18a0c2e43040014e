import type { StepContext } from '../budget.protocol.js';
import type { BudgetState } from './budget.state.js';

/** A message takes this long at most. More, and the server's clock was set forward, or Redis was frozen. */
const TRANSIT_MS_MAX = 250;

/**
 * Moves the account's own clock to this step, and returns its time. It follows the server's clock, but a replica's monotonic clock
 * decides how much time has passed at least and at most: a server's clock that is set forward must free no rate slot early, and
 * one that is set back must not stop the account. In doubt it runs slow.
 */
export function advanceClock(state: BudgetState, serverMs: number, context: StepContext): number {
  const now = timeOf(state, serverMs, context);
  state.skewMs = now - serverMs;
  state.lastMs = now;
  return now;
}

function timeOf(state: BudgetState, serverMs: number, { last }: StepContext): number {
  if (!last) {
    if (state.seq === 0) return serverMs;
    return Math.max(state.lastMs, serverMs + state.skewMs);
  }
  /** The reply was on its way for some time, so this is the least that it can be. */
  const least = last.storeMs + Math.floor(last.agoMs);
  if (state.seq === 0) return least;
  const now = serverMs + state.skewMs;
  if (now < least) return Math.max(state.lastMs, least);
  if (now > least + TRANSIT_MS_MAX) return Math.max(state.lastMs, least);
  return Math.max(state.lastMs, now);
}
