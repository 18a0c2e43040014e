import { Injectable } from '@nestjs/common';
import { Clock } from '../../../config/clock.js';
import { Metrics } from '../../../telemetry/metrics.js';
import { BudgetMetrics } from './budget.metrics.js';
import type { BudgetSnapshot, CallClass } from '../budget.types.js';
import { RecentWaits, type WaitSummary } from './recent.waits.js';
import { UpstreamBudgets } from '../upstream.budgets.js';

export interface MonitoredBudget extends BudgetSnapshot {
  /** Of calls of this process. */
  readonly waits: Readonly<Record<CallClass, WaitSummary>>;
}

/** Shows operators the budgets of this process: metrics, and the state of each account for health. */
@Injectable()
export class BudgetMonitor {
  readonly #waits = new RecentWaits();

  constructor(
    private readonly budgets: UpstreamBudgets,
    private readonly clock: Clock,
    { registry }: Metrics,
  ) {
    const metrics = new BudgetMetrics(registry, () => budgets.snapshots());
    budgets.observe({
      granted: (account, callClass, waitedMs) => {
        this.#waits.add(account, callClass, { atMs: clock.monotonicMs(), ms: waitedMs });
        metrics.granted(account, callClass, waitedMs);
      },
      refused: (account, reason) => metrics.refused(account, reason),
      revoked: (account) => metrics.revoked(account),
      missed: (account) => metrics.missed(account),
      roundTrip: (account, ms) => metrics.roundTrip(account, ms),
    });
  }

  /** Every account that was used. */
  all(): MonitoredBudget[] {
    const nowMs = this.clock.monotonicMs();
    const waits = (account: string, callClass: CallClass) => this.#waits.of(account, callClass, nowMs);
    return this.budgets.snapshots().map((snapshot) => ({
      ...snapshot,
      waits: {
        interactive: waits(snapshot.account, 'interactive'),
        background: waits(snapshot.account, 'background'),
      },
    }));
  }
}
