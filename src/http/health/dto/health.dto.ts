import { DATABASE_TROUBLES } from '../../../store/database/database.status.js';
import { EnumField } from '../../fields/fields.js';
import type { ReadinessReason, ReadinessReport } from '../readiness.js';

/** Only fixed values, without details: the route is open to anyone. */
export class HealthDto {
  @EnumField({
    name: 'HealthStatus',
    values: ['up', 'degraded', 'down'],
    description: 'Whether this process can serve requests. `degraded`: reads work, but not every write.',
  })
  readonly status: 'up' | 'degraded' | 'down';

  @EnumField({
    name: 'HealthReason',
    values: [...DATABASE_TROUBLES, 'draining'],
    optional: true,
    description: 'What is wrong, unless the status is `up`.',
    example: 'read_only',
  })
  readonly reason?: ReadinessReason;

  static alive(): HealthDto {
    return { status: 'up' };
  }

  static from({ isReady, reason }: ReadinessReport): HealthDto {
    const status = isReady ? (reason === null ? 'up' : 'degraded') : 'down';
    return { status, ...(reason === null ? {} : { reason }) };
  }
}
