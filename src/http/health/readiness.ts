import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment/environment.js';
import { Database } from '../../store/database/database.js';
import { DATABASE_TROUBLES, type DatabaseTrouble } from '../../store/database/database.trouble.js';
import { Metrics } from '../../telemetry/metrics.js';

export type ReadinessReason = DatabaseTrouble | 'draining';

export interface ReadinessReport {
  /** Whether load balancers should send requests here. */
  readonly isReady: boolean;
  /** Why not, or what does not work although it is ready; null while all is well. */
  readonly reason: ReadinessReason | null;
}

/**
 * Ready is a gateway that has started once, its first connection to the database included, and does not drain. A
 * database that goes later takes no replica away, for it would take all of them: reads of the vendors go on, and writes
 * are refused with a problem. Neither do the upstreams count. The deployment may choose otherwise.
 */
@Injectable()
export class Readiness {
  #draining = false;

  constructor(
    private readonly database: Database,
    private readonly environment: Environment,
    metrics: Metrics,
  ) {
    metrics.degradedBy(DATABASE_TROUBLES, () => database.state.trouble);
  }

  /** From now on not ready, so that no new request is sent here; there is no way back. */
  drain(): void {
    this.#draining = true;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  report(): ReadinessReport {
    if (this.#draining) return { isReady: false, reason: 'draining' };
    return { isReady: this.#hasItsDatabase(), reason: this.database.state.trouble };
  }

  #hasItsDatabase(): boolean {
    const { readinessDatabase } = this.environment;
    switch (readinessDatabase) {
      case 'once':
        return this.database.hasConnected;
      case 'required':
        return this.database.state.takesWrites;
      case 'ignored':
        return true;
      default:
        return readinessDatabase satisfies never;
    }
  }
}
