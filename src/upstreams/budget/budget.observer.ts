import type { CallClass, RefusalReason } from './budget.types.js';

/** What happens at the budget of an account, for metrics. */
export interface BudgetObserver {
  /** A call got its place after so long. */
  granted(account: string, callClass: CallClass, waitedMs: number): void;
  refused(account: string, reason: RefusalReason): void;
  /** Refused after it had been admitted to the queue. */
  revoked(account: string): void;
  /** Granted too late to be used. */
  missed(account: string): void;
  /** One step at the shared store, from the request to the reply. */
  roundTrip(account: string, ms: number): void;
}

export const NO_OBSERVER: BudgetObserver = {
  granted: () => undefined,
  refused: () => undefined,
  revoked: () => undefined,
  missed: () => undefined,
  roundTrip: () => undefined,
};
