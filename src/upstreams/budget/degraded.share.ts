import type { BudgetLimits } from './budget.types.js';

/** Part of the rate that replicas without a shared store use: a replica more than expected may be alive. */
const SAFE_PART = 0.9;

export interface Membership {
  /** Replicas that may be alive, this one included. */
  readonly replicas: number;
  /** Position of this one among them, from 0. */
  readonly rank: number;
}

/** What one replica may use by itself, so that all together stay within the limits; undefined when it may send nothing. */
export function degradedShare(
  { rate, places, attemptMs }: BudgetLimits,
  { replicas, rank }: Membership,
): BudgetLimits | undefined {
  const ownPlaces = shareOf(places, places, { replicas, rank });
  const calls = rate && shareOf(rate.calls * SAFE_PART, rate.calls, { replicas, rank });
  if (ownPlaces === 0 || calls === 0) return undefined;
  return { rate: rate && { ...rate, calls: calls ?? rate.calls }, places: ownPlaces, attemptMs };
}

/** An even part; where there is less than one for each, the replicas of the lowest ranks have one. */
function shareOf(usable: number, total: number, { replicas, rank }: Membership): number {
  return Math.floor(usable / replicas) || (rank < Math.min(total, replicas) ? 1 : 0);
}
