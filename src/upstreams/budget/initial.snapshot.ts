import type { BudgetReply } from './budget.protocol.js';
import type { BudgetLimits } from './budget.types.js';

/** What is known of an account whose store has not replied yet. */
export function initialSnapshot({ rate, places }: BudgetLimits): BudgetReply['state'] {
  return {
    gate: 'closed',
    gateReason: undefined,
    gateMs: 0,
    effectiveRate: rate?.calls,
    effectivePlaces: places,
    placesUsed: 0,
    slotsUsed: 0,
    waiting: { interactive: 0, background: 0 },
  };
}
