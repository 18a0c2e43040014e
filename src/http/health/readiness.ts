import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment/environment.js';
import { Database } from '../../store/database/database.js';
import { DATABASE_TROUBLES, type DatabaseTrouble } from '../../store/database/database.status.js';
import { Metrics } from '../../telemetry/metrics.js';

export type ReadinessReason = DatabaseTrouble | 'draining';

export interface ReadinessReport {
  /** Whether load balancers should send requests here. */
  readonly isReady: boolean;
  /** Why it is not ready, or what does not work although it is ready; null if everything works. */
  readonly reason: ReadinessReason | null;
}

/**
 * Ready: started, connected to the database once, and not draining. A later loss of the database does not make a replica
 * unready, because it would affect all replicas: reads of the vendors continue, and writes are refused with a problem.
 * The upstreams have no influence. The deployment can choose otherwise for the database (`READINESS_DATABASE`).
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

  /** Makes the process permanently unready, so that load balancers send no new requests. */
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
