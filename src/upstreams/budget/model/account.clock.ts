import type { StepContext } from '../budget.protocol.js';
import type { BudgetState } from './budget.state.js';

/** A message takes this long at most. More, and the server's clock was set forward, or the server was frozen. */
const TRANSIT_MS_MAX = 250;

/**
 * Moves the account's own clock to this step, and returns its time. It follows the server's clock, but never runs faster than time:
 * a server's clock that is set forward would free rate slots early. A replica's monotonic clock shows how much time has passed at
 * least; when the server's shows much more, or runs back, the account's stands still for this step and follows again from there.
 */
export function advanceClock(state: BudgetState, serverMs: number, context: StepContext): number {
  const now = timeOf(state, serverMs, context);
  state.skewMs = now - serverMs;
  state.lastMs = now;
  return now;
}

function timeOf(state: BudgetState, serverMs: number, { last }: StepContext): number {
  if (!last) return state.seq === 0 ? serverMs : Math.max(state.lastMs, serverMs + state.skewMs);
  /** The reply was on its way for some time, so this is the least that it can be. */
  const leastMs = last.storeMs + Math.floor(last.agoMs);
  if (state.seq === 0) return leastMs;
  const now = serverMs + state.skewMs;
  return now > leastMs + TRANSIT_MS_MAX ? state.lastMs : Math.max(state.lastMs, now);
}
